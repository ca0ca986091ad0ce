"""The command line: the only place of exit codes, of printing, and of today's date."""
