"""sms-voip: messages, calls and a SIP account over REST. It places calls and tells of them; it runs no flows."""
