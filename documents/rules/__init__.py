"""Pure decisions about documents: no database, no clock, no request."""
