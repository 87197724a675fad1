"""The owner's business itself: his home, account, settings, staff, keys and books."""
