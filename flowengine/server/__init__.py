"""The web application: webhooks, health and the console."""
