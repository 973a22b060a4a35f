"""Who signs in: accounts, sign-in, second factor, sessions."""
