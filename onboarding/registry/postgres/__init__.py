"""A registry on PostgreSQL."""
