"""The owner's clients: the list with its filters, and the search."""

from collections.abc import Mapping

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.client_cards import entry_words, filter_name
from bot.looks.paging import PAGE_SIZE, number_of
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, SUCCESS, Row, Screen, button, in_rows, way_back
from bot.words.texts import Texts
from core.billing.lifecycle import SubscriptionStatus
from core.billing.permissions import Permission
from core.billing.standing import ClientFilter
from core.services.clients.directory import Entry, Listed

_S = SubscriptionStatus
# Buttons of earlier versions name a subscription's status.
_FORMER: Mapping[str, ClientFilter] = {
    _S.PENDING_ACTIVATION: ClientFilter.PENDING,
    _S.PAST_DUE: ClientFilter.OVERDUE,
    _S.SUSPENDED: ClientFilter.OVERDUE,
    _S.PAUSED: ClientFilter.PAUSED,
}


async def client_list(context: Context, where: Where) -> Outcome:
    """Show the clients, all or those of one filter, by name."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    shown, number = _filter(where)
    directory = context.engine.directory
    counts = await directory.counts(owner.id)
    number = min(number, _pages(counts[shown]))
    page = await directory.page(owner.id, shown=shown, offset=(number - 1) * PAGE_SIZE)
    rows: list[Row] = [[entry_button(context.texts, where, each)] for each in page.entries]
    rows += _pager(where, shown, number, _pages(page.total))
    rows += _chips(context.texts, where, counts, shown)
    if counts[ClientFilter.ALL]:
        rows.append([button(_("🔍 Search"), where.to("search"))])  # button
    rows.append([button(_("🆕 New client"), where.to("new", "client"), SUCCESS)])  # button
    return Screen(
        text=_list_text(context.texts, shown, page),
        rows=[*rows, way_back(context.texts, where)],
    )


def _filter(where: Where) -> tuple[ClientFilter, int]:
    name, number = [*where.arguments, "", ""][:2]
    if name in set(ClientFilter):
        return ClientFilter(name), number_of(number)
    return _FORMER.get(name, ClientFilter.ALL), number_of(number)


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


def _list_text(texts: Texts, shown: ClientFilter, page: Listed) -> str:
    _ = texts.gettext
    if page.total:
        count = texts.ngettext("{n} client", "{n} clients", page.total).format(n=page.total)
        return _("<b>Clients</b> · {filter}\n{count}. Press one to open it.").format(
            filter=filter_name(texts, shown), count=count
        )
    empty = {
        ClientFilter.ALL: _(
            "No clients yet. Add the first one: you get an invitation to forward."
        ),
        ClientFilter.DUE: _("Nobody has a bill due today."),
        ClientFilter.OVERDUE: _("Nobody is late. All bills of earlier days are paid."),
        ClientFilter.PENDING: _("No invitation waits for its answer."),
        ClientFilter.PAUSED: _("Nobody is paused."),
    }[shown]
    title = _("<b>Clients</b> · {filter}").format(filter=filter_name(texts, shown))
    return f"{title}\n{empty}"


def entry_button(texts: Texts, where: Where, entry: Entry) -> InlineKeyboardButton:
    """Return the button that opens a client, with his state and amount."""
    return button(entry_words(texts, entry), where.to("client", entry.client.id))


def _pager(where: Where, shown: ClientFilter, number: int, pages: int) -> list[Row]:
    if pages == 1:
        return []
    row = [button(f"{number}/{pages}", where.stay("clients", shown, number))]
    if number > 1:
        row.insert(0, button("◀", where.stay("clients", shown, number - 1)))
    if number < pages:
        row.append(button("▶", where.stay("clients", shown, number + 1)))
    return [row]


def _chips(
    texts: Texts, where: Where, counts: Mapping[ClientFilter, int], chosen: ClientFilter
) -> list[Row]:
    """Return the filters that somebody is in, the chosen one marked."""
    _ = texts.gettext
    if not counts[ClientFilter.ALL]:
        return []
    chips = [
        button(
            _("{filter}: {n}").format(filter=filter_name(texts, shown), n=count),
            where.stay("clients", shown),
            PRIMARY if shown is chosen else None,
        )
        for shown, count in counts.items()
        if count or shown is chosen
    ]
    return in_rows(chips, 3)


async def search(context: Context, where: Where) -> Outcome:
    """Say how to search: any text outside a form is looked up."""
    _ = context.texts.gettext
    await context.owner(Permission.SEE)
    text = _(
        "🔍 Type a part of the name or of the number, for example <i>Asha</i> or "
        "<code>0712</code>, and send it."
    )
    rows: list[Row] = []
    if context.bot.bot.supports_inline_queries:
        live = InlineKeyboardButton(
            _("⌨️ Search as I type"),  # button
            switch_inline_query_current_chat="",
        )
        rows.append([live])
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


def found(context: Context, where: Where, page: Listed) -> Screen:
    """Show whom a search has found."""
    _ = context.texts.gettext
    rows: list[Row] = [[entry_button(context.texts, where, each)] for each in page.entries]
    text = _("🔍 Found: {n}").format(n=page.total)
    if page.total > len(page.entries):
        text += "\n" + _("These are the first {n}. Type more of the name.").format(
            n=len(page.entries)
        )
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])
