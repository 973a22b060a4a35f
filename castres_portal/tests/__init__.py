"""Tests that walk the whole site, and what every test stands on."""
