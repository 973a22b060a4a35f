"""Measurements of the portal against its aims: ``make bench``. Machines are noisy: medians and ratios, never a test."""
