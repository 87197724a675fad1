"""What is said: the languages, and the sentences for every code and error of the engine."""
