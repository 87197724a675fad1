"""The engine behind every form: its questions, its answers, and how they are read and kept."""
