"""What a family changes in its own file: by itself when it may, else after an agent’s decision."""
