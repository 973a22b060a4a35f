"""What people do with families: one public verb per thing."""
