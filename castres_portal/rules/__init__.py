"""Decisions of the site's own pages: pure."""
