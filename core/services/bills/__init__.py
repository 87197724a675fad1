"""Bills, from the day that makes them, and the money that pays them."""
