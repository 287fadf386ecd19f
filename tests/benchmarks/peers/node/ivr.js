// The IVR of the benchmark as a Node developer writes it by hand, with Twilio's SDK; nothing survives a restart.
'use strict'

const twilio = require('twilio')

const SECRET = process.env.IVR_SECRET || ''
const LANGUAGE = { language: 'en-US' }

exports.isGenuine = (signature, url, fields) => twilio.validateRequest(SECRET, signature || '', url, fields)

exports.answer = (path, query, fields) => {
  const digits = fields.digits || ''
  const account = query.account || ''
  switch (path) {
    case '/voice':
      return start()
    case '/menu':
      if (digits === '1') return voicemail()
      if (digits === '2') return askAccount()
      break
    case '/account':
      return /^[0-9]{6}$/.test(digits) ? confirm(digits) : askAccount()
    case '/confirm':
      if (digits === '1') return voicemail()
      if (digits === '2') return askAccount()
      return confirm(account)
    case '/recorded':
      if (fields.recording_url) {
        const response = new twilio.twiml.VoiceResponse()
        response.say(LANGUAGE, 'Thank you. Goodbye.')
        response.hangup()
        return response.toString()
      }
  }
  const response = new twilio.twiml.VoiceResponse()
  response.hangup()
  return response.toString()
}

function start () {
  const hour = new Date().getUTCHours()
  if (!(hour >= 0 && hour < 24)) return voicemail()
  const response = new twilio.twiml.VoiceResponse()
  response.say(LANGUAGE, 'Welcome to Acme.')
  const gather = response.gather({ input: 'dtmf', numDigits: 1, timeout: 5, action: '/menu', method: 'POST' })
  gather.say(LANGUAGE, 'For sales, press 1. For your account, press 2.')
  return response.toString()
}

function askAccount () {
  const response = new twilio.twiml.VoiceResponse()
  const gather = response.gather({ input: 'dtmf', numDigits: 6, timeout: 5, action: '/account', method: 'POST' })
  gather.say(LANGUAGE, 'Please enter your six digit account number.')
  return response.toString()
}

function confirm (account) {
  const action = `/confirm?account=${encodeURIComponent(account)}`
  const response = new twilio.twiml.VoiceResponse()
  const gather = response.gather({ input: 'dtmf', numDigits: 1, timeout: 5, action, method: 'POST' })
  const spoken = account.split('').join(' ')
  gather.say(LANGUAGE, `You entered ${spoken}. If that is right, press 1. To enter it again, press 2.`)
  return response.toString()
}

function voicemail () {
  const response = new twilio.twiml.VoiceResponse()
  response.say(LANGUAGE, 'Please leave a message after the tone.')
  response.record({ maxLength: 120, action: '/recorded', method: 'POST' })
  return response.toString()
}
