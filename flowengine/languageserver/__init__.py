"""The language server: what an editor shows while a flow is written."""
