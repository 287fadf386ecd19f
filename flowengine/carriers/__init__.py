"""Carriers as translators without I/O: their words into our events, our turns into their words."""
