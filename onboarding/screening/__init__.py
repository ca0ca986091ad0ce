"""Many applications judged at once: what is read, how it is cut by subject, and who does the work."""
