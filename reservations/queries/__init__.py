"""Reads of the reservations, always through the household that asks."""
