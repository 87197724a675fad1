"""Hypothesis judges the rules, not the speed of the machine that it happens to run on."""

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
