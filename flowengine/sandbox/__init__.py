"""The embedded carrier: a simulated phone network behind the documented APIs."""
