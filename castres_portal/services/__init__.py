"""What visitors do in the site's own pages."""
