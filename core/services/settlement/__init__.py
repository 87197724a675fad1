"""What became of a prompt, whatever door the news comes through."""
