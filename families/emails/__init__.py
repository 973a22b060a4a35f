"""The mails about families and what they ask."""
