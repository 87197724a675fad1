"""What an admin sees and does. For anybody else none of it exists."""
