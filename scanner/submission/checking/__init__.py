"""Tries a submission server: what to try (plan), one address and port (looking), all of them and the network (network), what it
means together (diagnosis), signing in and sending (signin, message, oauth), and facts and evidence of it (facts, evidence).
"""
