"""The API of the embedded VoIPBIN."""
