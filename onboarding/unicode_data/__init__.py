"""Tables written from Unicode's own by `tools/unicode_tables.py`."""
