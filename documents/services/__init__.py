"""What people do with documents: one public verb per thing."""
