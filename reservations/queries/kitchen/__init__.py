"""What the kitchen reads: numbers, never a name. See ``counting`` for how, and why it is quick."""
