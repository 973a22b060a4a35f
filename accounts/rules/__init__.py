"""Decisions about accounts, pure: no database, no clock, no request."""
