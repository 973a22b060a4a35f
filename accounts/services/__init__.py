"""What a person can do with her account, one verb each."""
