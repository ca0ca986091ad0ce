"""For those who write rules: their case tables, what the cases leave open, what a change does, and how rules read."""
