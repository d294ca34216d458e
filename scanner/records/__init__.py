"""What a record says: pure readers of record text. Nothing here asks anything."""
