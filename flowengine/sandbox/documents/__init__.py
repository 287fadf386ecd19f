"""Control documents: read as XML (TwiML-compatible) or JSON, and carried out on a leg."""
