"""The command line: the only place of exit codes, of printing, and of today's date."""

import gc

# While modules are imported there is no garbage to look for; `main` begins to, once all are there.
gc.disable()
