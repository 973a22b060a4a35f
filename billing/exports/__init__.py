"""Tables of the money for the spreadsheets of the régie."""
