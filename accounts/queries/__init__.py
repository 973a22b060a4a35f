"""Reads about accounts, always scoped by the account that asks."""
