"""Prompts on their way to a phone: which may go, and how they get there."""
