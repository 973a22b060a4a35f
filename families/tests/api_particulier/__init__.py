"""API Particulier, against its stand-in."""
