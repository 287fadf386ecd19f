"""The simulated phone network: lines, legs, the phones at their far ends, bridges, conferences and queues.

It knows nothing of HTTP, documents or any carrier's API; those stand on top of it.
"""
