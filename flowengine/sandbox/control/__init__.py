"""The embedded carrier's own API, with which a test makes things happen."""
