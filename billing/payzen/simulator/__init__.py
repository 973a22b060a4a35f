"""Fictive PayZen bank for demonstrations and tests; it shares no code with the portal."""
