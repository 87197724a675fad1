"""What Tortoise's own command line reads to write a migration: `make migration name=…`."""

from core.database import database_config

# It compares the models with migrations/, so any database will do.
TORTOISE_ORM = database_config("sqlite://:memory:")
