"""The lists of the back office as files: a page declares its columns, its filters are those of the screen."""
