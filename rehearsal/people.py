"""Who holds the phones, and what they do about a prompt."""

import random
from enum import StrEnum

from rehearsal.truth import Sent
from rehearsal.world import World
from sandbox.mpesa.network import Mpesa, NoPromptOpen
from sandbox.mpesa.prompts import Answer, Order, Prompt

_RICH_KES = 10**9


class Mood(StrEnum):
    """What a client does about one prompt."""

    PAYS = "pays"
    PAYS_AT_ONCE = "pays at once"
    PAYS_AT_LAST = "pays at last"
    WRONG_PIN = "wrong PIN"
    CANCELS = "cancels"
    IGNORES = "ignores"
    NO_MONEY = "no money"
    PHONE_OFF = "phone off"


_MOODS = {
    Mood.PAYS: 40,
    Mood.PAYS_AT_ONCE: 12,
    Mood.PAYS_AT_LAST: 8,
    Mood.WRONG_PIN: 8,
    Mood.CANCELS: 8,
    Mood.IGNORES: 10,
    Mood.NO_MONEY: 9,
    Mood.PHONE_OFF: 5,
}
"""How often, in a hundred."""

_ANSWERS = {
    Mood.PAYS: Answer.PAY,
    Mood.PAYS_AT_ONCE: Answer.PAY,
    Mood.PAYS_AT_LAST: Answer.PAY,
    Mood.WRONG_PIN: Answer.WRONG_PIN,
    Mood.CANCELS: Answer.CANCEL,
    Mood.NO_MONEY: Answer.NO_MONEY,
}


class Clients:
    """All who are prompted."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._world = world
        self._rng = rng
        self._mood = Mood.PAYS
        self._serial = 0

    def take(self, mpesa: Mpesa, order: Order) -> Prompt:
        """Let the prompt reach the phone, in whatever state it is.

        Raises:
            PhoneBusy: It shows another one.
        """
        self._mood = self._rng.choices(list(_MOODS), weights=list(_MOODS.values()))[0]
        phone = mpesa.give_phone(order.phone_number, name="client")
        phone.is_on = self._mood is not Mood.PHONE_OFF
        phone.balance_kes = _RICH_KES
        prompt = mpesa.push(order)
        self._serial += 1
        prompt.merchant_request_id = f"m-{self._serial}"
        return prompt

    def react(self, mpesa: Mpesa, sent: Sent) -> None:
        """Let the client who has just got this prompt do what he feels like."""
        prompt = sent.prompt
        life_s = self._world.clock.seconds_until(prompt.expires_at)
        self._world.later(life_s + 0.001, mpesa.expire_due)
        answer = _ANSWERS.get(self._mood)
        if answer is None:
            return
        after_s = self._after_s(life_s)
        self._world.later(after_s, lambda: _answer(mpesa, prompt, answer))

    def _after_s(self, life_s: float) -> float:
        if self._mood is Mood.PAYS_AT_ONCE:
            return self._rng.uniform(0.0, 1.0)
        if self._mood is Mood.PAYS_AT_LAST:
            return self._rng.uniform(0.9, 0.999) * life_s
        return self._rng.uniform(2.0, 0.8 * life_s)


def _answer(mpesa: Mpesa, prompt: Prompt, answer: Answer) -> None:
    number = prompt.order.phone_number
    if mpesa.open_prompt(number) is prompt:
        try:
            mpesa.answer(number, answer)
        except NoPromptOpen:
            return
