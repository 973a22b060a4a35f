"""« Ma famille »: the household’s page, the changes that it proposes, its coordinates, custody, who collects and whom to call."""
