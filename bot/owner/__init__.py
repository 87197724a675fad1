"""What an owner and his staff see and do."""
