"""The owner's clients, the plans that they are on, and his letters to them."""
