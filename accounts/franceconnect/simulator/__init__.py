"""A stand-in for FranceConnect v2, for the demonstration and the tests: fictional people, real protocol, faults on demand.

It knows nothing of the portal: a program of its own (``python -m accounts.franceconnect.simulator``), which answers over HTTP.
"""
