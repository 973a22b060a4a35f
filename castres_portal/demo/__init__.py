"""The demonstration town: its filling, its pages, its launcher. Absent from production."""
