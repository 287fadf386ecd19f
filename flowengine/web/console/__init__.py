"""The console: calls that go on and calls that are over, looked at in the browser instead of in a log."""
