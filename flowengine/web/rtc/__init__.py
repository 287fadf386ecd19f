"""Sound over WebRTC: Opus between a browser and this machine, and nobody in between.

The rest of the page works without it: where aiortc is not installed, importing this fails, and sound goes over the
WebSocket.
"""
