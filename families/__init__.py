"""Who belongs together: households, guardians, children, custody, schools, quotients, requests."""
