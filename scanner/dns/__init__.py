"""Asking DNS: questions, answers and the Sources that give them."""
