"""Reads about families, always scoped by the account or the household that asks."""
