"""From models to facts: what is counted from application, history and day."""
