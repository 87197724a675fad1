"""What things look like: screens, messages, buttons, cards, lists and pictures."""
