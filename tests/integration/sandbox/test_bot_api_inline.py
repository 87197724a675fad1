"""Inline mode: `@bot words` in the input field, results, and the one that is chosen."""

import asyncio

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultCachedDocument,
    InlineQueryResultContact,
    InlineQueryResultPhoto,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.error import BadRequest

OPEN = InlineKeyboardMarkup([[InlineKeyboardButton("Open", callback_data="cl:7")]])


def article(number=1, **more):
    text = InputTextMessageContent("<b>Asha</b>", parse_mode="HTML")
    return InlineQueryResultArticle(str(number), "Asha", text, **more)


async def post(control, path: str, body) -> tuple[int, dict]:
    async with control.post(f"/api/telegram{path}", json=body) as answer:
        return answer.status, await answer.json()


@pytest.fixture
def ask(control, ptb_bot, amina):
    """Type `@bot ash`, let the bot answer, and return what the phone shows."""

    async def ask(*results, **answer):
        asking = asyncio.create_task(post(control, f"/people/{amina.id}/inline", {"query": "ash"}))
        (update,) = await ptb_bot.get_updates(timeout=5)
        await ptb_bot.get_updates(offset=update.update_id + 1)
        await update.inline_query.answer(results, **answer)
        return update.inline_query, (await asking)[1]

    return ask


async def test_results_are_offered_and_the_chosen_one_is_sent_by_way_of_the_bot(
    ask, control, ptb_bot, amina
):
    query, shown = await ask(article(description="KES 1,500"))

    path = f"/people/{amina.id}/inline/{shown['queryId']}"
    status, sent = await post(control, path, {"resultId": "1"})

    message, chosen = await ptb_bot.get_updates()
    assert (query.query, query.from_user.id, query.chat_type) == ("ash", amina.id, "sender")
    assert shown["answer"]["results"] == [
        {"id": "1", "type": "article", "title": "Asha", "description": "KES 1,500"}
    ]
    assert (status, sent["html"], sent["viaBot"]) == (201, "<b>Asha</b>", True)
    assert message.message.via_bot.id == ptb_bot.id
    assert (chosen.chosen_inline_result.result_id, chosen.chosen_inline_result.query) == (
        "1",
        "ash",
    )


async def test_message_sent_by_way_of_the_bot_is_edited_by_its_inline_id(
    ask, control, ptb_bot, amina
):
    _, shown = await ask(article(reply_markup=OPEN))
    await post(control, f"/people/{amina.id}/inline/{shown['queryId']}", {"resultId": "1"})
    chosen = (await ptb_bot.get_updates())[-1].chosen_inline_result

    assert await ptb_bot.edit_message_text("Paid", inline_message_id=chosen.inline_message_id)

    async with control.get(f"/api/telegram/people/{amina.id}/chat") as answer:
        last = (await answer.json())["messages"][-1]
    assert (last["text"], last["buttons"], last["viaBot"]) == ("Paid", [], True)
    with pytest.raises(BadRequest, match=r"(?i)message_id_invalid"):
        await ptb_bot.edit_message_text("Paid", inline_message_id="nothing")


async def test_contacts_and_stored_files_can_be_results(ask, ptb_bot, control, amina):
    stored = await ptb_bot.send_document(amina.id, b"a,b", filename="a.csv")
    contact = InlineQueryResultContact("1", "254712345678", "Asha")
    document = InlineQueryResultCachedDocument("2", "Report", stored.document.file_id)
    _, shown = await ask(contact, document)
    path = f"/people/{amina.id}/inline/{shown['queryId']}"

    _, as_contact = await post(control, path, {"resultId": "1"})
    _, as_document = await post(control, path, {"resultId": "2"})

    assert as_contact["contact"]["phoneNumber"] == "254712345678"
    assert as_document["document"]["name"] == "a.csv"


async def test_button_above_the_results_is_shown(ask):
    _, shown = await ask(button=InlineQueryResultsButton("New client", start_parameter="new"))

    assert shown["answer"] == {
        "results": [],
        "button": {"text": "New client", "startParameter": "new"},
    }


@pytest.mark.parametrize(
    ("results", "why"),
    [
        ([article(1), article(1)], "RESULT_ID_DUPLICATE"),
        ([article("x" * 65)], "RESULT_ID_INVALID"),
        ([InlineQueryResultPhoto("1", "https://a.ke/a.jpg", "https://a.ke/b.jpg")], "unsupported"),
        (
            [InlineQueryResultArticle("1", " ", InputTextMessageContent("x"))],
            "ARTICLE_TITLE_EMPTY",
        ),
        ([InlineQueryResultArticle("1", "x", InputTextMessageContent(" "))], "text is empty"),
    ],
)
async def test_results_that_telegram_refuses_are_refused(ask, results, why):
    with pytest.raises(BadRequest, match=f"(?i){why}"):
        await ask(*results)


async def test_query_is_answered_once_and_within_ten_seconds(
    ptb_bot, control, amina, hand_clock, ask
):
    query, _ = await ask(article())
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await query.answer([])
    asking = asyncio.create_task(post(control, f"/people/{amina.id}/inline", {"query": ""}))
    (update,) = await ptb_bot.get_updates(timeout=5)
    hand_clock.advance(11)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await update.inline_query.answer([])
    asking.cancel()


async def test_what_was_not_offered_cannot_be_chosen(ask, control, amina, stranger):
    _, shown = await ask(article())
    path = f"/inline/{shown['queryId']}"

    assert (await post(control, f"/people/{amina.id}{path}", {"resultId": "2"}))[0] == 404
    assert (await post(control, f"/people/{stranger.id}{path}", {"resultId": "1"}))[0] == 404
    assert (await post(control, f"/people/{amina.id}/inline", {"query": "x" * 257}))[0] == 400
