"""The use cases: the only code that opens DB transactions."""
