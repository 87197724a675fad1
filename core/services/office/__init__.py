"""The owner's business itself: who acts there, his keys, account, figures and books."""
