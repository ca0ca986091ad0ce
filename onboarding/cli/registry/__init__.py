"""`onboard registry`."""
