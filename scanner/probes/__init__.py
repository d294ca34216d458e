"""Probes: which questions a subject needs, and the facts that its answers make."""
