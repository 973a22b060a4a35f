"""A stand-in for API Particulier, for the demonstration and the tests: fictional beneficiaries, failures on demand.

It knows nothing of the portal: a program of its own (``python -m families.api_particulier.simulator``), which answers over HTTP.
"""
