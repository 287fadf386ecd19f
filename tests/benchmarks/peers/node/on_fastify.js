// The IVR on Fastify: `node on_fastify.js PORT`, with `--signed` for signed requests only.
'use strict'

const fastify = require('fastify')()
const { answer, isGenuine } = require('./ivr')

const signed = process.argv.includes('--signed')
const port = Number(process.argv[2])

fastify.register(require('@fastify/formbody'))
fastify.post('/*', (request, reply) => {
  const url = `http://${request.headers.host}${request.url}`
  if (signed && !isGenuine(request.headers['x-twilio-signature'], url, request.body)) {
    return reply.code(403).send()
  }
  const path = request.url.split('?', 1)[0]
  reply.type('application/xml').send(answer(path, request.query, request.body))
})
fastify.listen({ port, host: '127.0.0.1' })
