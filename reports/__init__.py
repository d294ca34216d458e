"""reports: shows results. Imports nothing of ours but rules.results."""
