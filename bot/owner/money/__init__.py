"""The owner's bills, prompts and payments."""
