"""FranceConnect, against its stand-in."""
