"""The phones on the page: their prompts, their M-Pesa, their SMS."""

import re
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.guard import Refused, json_object
from sandbox.mpesa.network import NoPromptOpen, NoSuchPhone
from sandbox.mpesa.phones import Phone
from sandbox.mpesa.prompts import Answer, Prompt
from sandbox.mpesa.reactions import Reaction
from sandbox.world import World

BALANCE_LIMIT_KES = 500_000
"""What an M-Pesa account holds at most (docs/daraja.md, "Limits")."""

_PIN = re.compile(r"\d{4}", re.ASCII)


class PhoneControl:
    """Shows the phones and does what their holders do."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/api/phones", self._list),
            web.post("/api/phones/{number}", self._change),
            web.post("/api/phones/{number}/answer", self._answer),
        ]

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response([self._view(phone) for phone in self._world.mpesa.phones()])

    async def _change(self, request: web.Request) -> web.Response:
        phone = self._phone(request)
        change = _checked(await json_object(request))
        phone.balance_kes = change.get("balanceKes", phone.balance_kes)
        phone.is_on = change.get("on", phone.is_on)
        phone.pin = change.get("pin", phone.pin)
        phone.reactions = change.get("reactions", phone.reactions)
        phone.habit = change.get("habit", phone.habit)
        self._world.phones_changed()
        return web.json_response(self._view(phone))

    async def _answer(self, request: web.Request) -> web.Response:
        phone = self._phone(request)
        body = await json_object(request)
        pin = body.get("pin")
        if pin is not None and not isinstance(pin, str):
            raise Refused("A PIN is text.")
        try:
            self._world.mpesa.answer(phone.number, _action(body), pin=pin)
        except NoPromptOpen:
            raise Refused(
                "There is no prompt on this phone any more.", HTTPStatus.CONFLICT
            ) from None
        return web.json_response(self._view(phone))

    def _phone(self, request: web.Request) -> Phone:
        try:
            return self._world.mpesa.phone(request.match_info["number"])
        except NoSuchPhone:
            raise Refused("Nobody has that number.", HTTPStatus.NOT_FOUND) from None

    def _view(self, phone: Phone) -> dict[str, Any]:
        prompt = self._world.mpesa.open_prompt(phone.number)
        return {
            "phoneNumber": phone.number,
            "name": phone.name,
            "balanceKes": phone.balance_kes,
            "pin": phone.pin,
            "on": phone.is_on,
            "reactions": phone.reactions,
            "habit": phone.habit,
            "prompt": _prompt_view(prompt) if prompt and prompt.is_shown else None,
            "sms": [{"at": sms.at.isoformat(), "text": sms.text} for sms in phone.inbox],
        }


def _prompt_view(prompt: Prompt) -> dict[str, Any]:
    return {
        "checkoutRequestId": prompt.checkout_request_id,
        "business": prompt.order.business,
        "amountKes": prompt.order.amount_kes,
        "account": prompt.order.account,
        "description": prompt.order.description,
        "expiresAt": prompt.expires_at.isoformat(),
    }


def _action(body: dict[str, Any]) -> Answer:
    try:
        return Answer(str(body.get("action")))
    except ValueError:
        choices = ", ".join(Answer)
        raise Refused(f"The action is one of {choices}.") from None


def _checked(change: dict[str, Any]) -> dict[str, Any]:
    balance_kes = change.get("balanceKes", 0)
    if type(balance_kes) is not int or not 0 <= balance_kes <= BALANCE_LIMIT_KES:
        raise Refused(f"A balance is whole shillings, 0 to {BALANCE_LIMIT_KES:,}.")
    if not isinstance(change.get("on", True), bool):
        raise Refused("A phone is on or off: true or false.")
    pin = change.get("pin", "0000")
    if not isinstance(pin, str) or not _PIN.fullmatch(pin):
        raise Refused("A PIN is four digits.")
    return change | _checked_reactions(change)


def _checked_reactions(change: dict[str, Any]) -> dict[str, Any]:
    try:
        reactions = [Reaction(each) for each in change.get("reactions", [])]
        habit = None if change.get("habit") is None else Reaction(change["habit"])
    except (TypeError, ValueError):
        choices = ", ".join(Reaction)
        raise Refused(f"Reactions are a list, and a habit is one, of {choices}.") from None
    checked = {"reactions": reactions, "habit": habit}
    return {name: value for name, value in checked.items() if name in change}
