"""How fast the engine is, measured against hand-written code in the same run: `make bench`."""
