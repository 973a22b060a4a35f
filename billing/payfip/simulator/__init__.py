"""A stand-in for PayFiP, for the demonstration and the tests: its web service, its payment page, and its failures on request.

It knows nothing of the portal. Nobody pays anything here, and no card number is asked.
"""
