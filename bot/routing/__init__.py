"""Where an update leads: commands, presses, typed words, and the ways into the forms."""
