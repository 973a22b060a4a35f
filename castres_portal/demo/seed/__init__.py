"""A fictional town on the real schools and the real calendar of Castres. Same arguments, same town."""
