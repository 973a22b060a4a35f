"""Reads of the site's own pages."""
