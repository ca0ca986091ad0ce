"""From rule files to rules that can judge: loading, lint, and what a rule says."""
