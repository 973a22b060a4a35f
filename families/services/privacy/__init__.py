"""What a person asks of her own data, and what the portal forgets by itself."""
