// The IVR on Express: `node on_express.js PORT`, with `--signed` for signed requests only.
'use strict'

const express = require('express')
const { answer, isGenuine } = require('./ivr')

const signed = process.argv.includes('--signed')
const port = Number(process.argv[2])
const app = express()

app.use(express.urlencoded({ extended: false }))
app.post(/.*/, (request, response) => {
  const url = `http://${request.headers.host}${request.originalUrl}`
  if (signed && !isGenuine(request.headers['x-twilio-signature'], url, request.body)) {
    return response.sendStatus(403)
  }
  response.type('application/xml').send(answer(request.path, request.query, request.body))
})
app.listen(port, '127.0.0.1')
