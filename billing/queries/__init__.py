"""Reads of the billing, always scoped by the family that asks."""
