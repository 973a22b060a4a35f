"""Pure decisions about families: no database, no clock, no request."""
