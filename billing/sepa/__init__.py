"""The files that banks exchange for direct debits: pain.008 out, returns in."""
