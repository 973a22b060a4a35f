"""Pages of the families: opening a space, choosing a household, reading one's requests."""
