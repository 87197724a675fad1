"""What the outbox sends: the words of every notice and mail, and what carries them."""
