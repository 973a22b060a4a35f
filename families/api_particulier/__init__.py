"""API Particulier: the quotient familial that the CAF or the MSA gives to the town itself (CRPA L114-8)."""
