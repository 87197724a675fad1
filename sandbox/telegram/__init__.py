"""A local Telegram: the Bot API for a bot, and a control API for those who chat with it."""
