"""PayFiP (DGFiP), régie mode by web service: what we ask, what we are answered.

`config` the régie’s values, `soap` envelopes to and from text, `client` the two questions, `details` what an answer means.
No database and no clock here. PayFiP signs nothing: whoever calls our notification address proves nothing, and only the
answer to our own question (recupererDetailPaiementSecurise) is believed.

This file imports nothing on purpose: the stand-in lives below this package and must not load our client.
"""
