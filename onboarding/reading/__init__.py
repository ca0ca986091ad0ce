"""From bytes to models: text, JSON, applications, records. Every InputError is born here."""
