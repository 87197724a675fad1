"""What a client sees and does, and what is kept about a person."""
