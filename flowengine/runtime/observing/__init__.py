"""What can be seen of a deployment from outside: counts and times for Prometheus, spans for OpenTelemetry.

Whoever does something tells it here, in one call; nothing of it changes what is done. No number, text or key of a
caller ever gets here: names come from the project and the carriers alone.
"""
