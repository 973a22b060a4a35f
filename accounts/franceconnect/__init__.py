"""FranceConnect v2: the State vouches for who signs in; what that identity opens here is confirmed by the person herself."""
