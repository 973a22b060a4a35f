"""Decisions about days, from values and instants alone: no database, no clock, no request."""
