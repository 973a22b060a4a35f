"""Paper in and out: règlements and their acceptance, papers that the portal issues."""
