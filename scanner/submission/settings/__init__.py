"""How applications are configured to send: their files read into plain settings, judged as facts, corrected as a diff."""
