"""rules: judges facts. Packs, conditions, findings, score; no input or output but reading packs."""
