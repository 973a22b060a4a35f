"""The mails about documents."""
