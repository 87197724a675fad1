"""Somebody else's bot, on aiogram: commands, buttons, files, contacts, inline mode and a menu."""

import asyncio
import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command, CommandStart
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

PAY = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="Pay", callback_data="pay", style="success")]]
)
SHARE = ReplyKeyboardMarkup(
    keyboard=[[KeyboardButton(text="Share", request_contact=True)]], one_time_keyboard=True
)
dispatcher = Dispatcher()


@dispatcher.message(CommandStart(deep_link=True))
async def start(message: Message, command) -> None:
    await message.answer(f"<b>Karibu</b> {command.args}", reply_markup=PAY)


@dispatcher.callback_query(F.data == "pay")
async def pay(query: CallbackQuery) -> None:
    await query.answer("Sent", show_alert=True)
    await query.message.edit_text("Paying")
    try:
        await query.message.edit_text("Paying")
    except TelegramBadRequest as error:
        await query.message.answer(error.message)


@dispatcher.message(Command("file"))
async def file(message: Message) -> None:
    await message.answer_document(BufferedInputFile(b"a,b\n", "report.csv"), caption="Report")


@dispatcher.message(Command("number"))
async def number(message: Message) -> None:
    await message.answer("Your number?", reply_markup=SHARE)


@dispatcher.message(F.contact)
async def contact(message: Message) -> None:
    is_own = message.contact.user_id == message.from_user.id
    text = f"{message.contact.phone_number} {'own' if is_own else 'other'}"
    await message.answer(text, reply_markup=ReplyKeyboardRemove())


@dispatcher.message(F.document)
async def document(message: Message, bot: Bot) -> None:
    stored = await bot.get_file(message.document.file_id)
    content = await bot.download_file(stored.file_path)
    await message.answer(f"{message.document.file_name}: {content.read().decode()}")


@dispatcher.inline_query()
async def search(query: InlineQuery) -> None:
    content = InputTextMessageContent(message_text=f"Found {query.query}")
    await query.answer(
        [InlineQueryResultArticle(id="1", title="Asha", input_message_content=content)]
    )


async def main(address: str, token: str) -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(address))
    bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode="HTML"))
    await bot.set_my_commands([BotCommand(command="file", description="A report")])
    await dispatcher.start_polling(bot)


asyncio.run(main(sys.argv[1], sys.argv[2]))
