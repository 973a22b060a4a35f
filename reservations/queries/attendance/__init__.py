"""Reads of the attendance sheets."""
