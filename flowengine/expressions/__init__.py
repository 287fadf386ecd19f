"""Expressions and templates: their trees, their evaluation in Jinja2's sandbox, filters and calendars."""
