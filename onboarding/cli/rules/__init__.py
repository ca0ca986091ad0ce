"""`onboard rules`."""
