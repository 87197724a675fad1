"""What people do with groups: make one with the bot in it, join it, throw the bot out."""

from sandbox.telegram.acts import must_be_open, tell, tell_membership
from sandbox.telegram.errors import Json, Unplayable
from sandbox.telegram.model import Telegram
from sandbox.telegram.people import Group, Person


def found(telegram: Telegram, person: Person, title: str) -> Group:
    """Make a group with the bot in it.

    Raises:
        Unplayable: No title.
    """
    group = telegram.add_group(title=title, founder=person)
    tell_membership(telegram, person, old="left", new="member", chat=group)
    _announce(telegram, person, group, {"group_chat_created": True})
    return group


def join(telegram: Telegram, person: Person, group: Group) -> None:
    """Become a member; doing it twice changes nothing."""
    if person.id in group.member_ids:
        return
    group.member_ids = [*group.member_ids, person.id]
    _announce(telegram, person, group, {"new_chat_members": [person.user_json()]})


def throw_bot_out(telegram: Telegram, person: Person, group: Group) -> None:
    """Remove the bot from a group; only its founder may, as nobody else is an admin.

    Raises:
        Unplayable: He is not its founder, or the bot is not in it.
    """
    _must_own(person, group)
    if not group.has_bot:
        raise Unplayable("the bot is not in that group")
    tell_membership(telegram, person, old="member", new="kicked", chat=group)
    _announce(telegram, person, group, {"left_chat_member": telegram.bot_json()})
    group.has_bot = False


def add_bot(telegram: Telegram, person: Person, group: Group) -> None:
    """Put the bot back into a group.

    Raises:
        Unplayable: He is not its founder.
    """
    _must_own(person, group)
    if group.has_bot:
        return
    group.has_bot = True
    tell_membership(telegram, person, old="left", new="member", chat=group)
    _announce(telegram, person, group, {"new_chat_members": [telegram.bot_json()]})


def _must_own(person: Person, group: Group) -> None:
    must_be_open(person, group)
    if person.id != group.member_ids[0]:
        raise Unplayable("only who made the group may do that")


def _announce(telegram: Telegram, person: Person, group: Group, content: Json) -> None:
    """Put a service message into the group."""
    message = telegram.messages.add(
        chat_id=group.id, sender_id=person.id, sent_at_s=telegram.now_s(), content=content
    )
    tell(telegram, "message", message)
