"""What is done for a client, what he does himself, and how he is forgotten."""
