"""How mail is handed in, and what servers say to it: replies, transcripts, logs and bounces, and what they mean."""
