"""M-Pesa itself: phones, their accounts, and the prompts between them and the merchants.

Pure: it moves only when it is called, and takes its time from `now`.
"""

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import EAT
from sandbox.mpesa import sms
from sandbox.mpesa.faults import Faults
from sandbox.mpesa.phones import Phone, load_phone
from sandbox.mpesa.prompts import (
    PROMPT_LIFE,
    UNREACHABLE_AFTER,
    Answer,
    Order,
    Prompt,
    Verdict,
    load_prompt,
)
from sandbox.mpesa.reactions import ANSWERS, REACTS_AFTER, Reaction
from sandbox.mpesa.receipts import receipt_number
from sandbox.rows import Part, Shelf, Whole

ANSWERED_KEPT = 1000
"""How many answered prompts can still be asked about."""

_RESULTS = {
    Answer.PAY: (0, "The service request is processed successfully."),
    Answer.NO_MONEY: (1, "The balance is insufficient for the transaction."),
    Answer.CANCEL: (1032, "Request Cancelled by user."),
    Answer.TIME_OUT: (1037, "DS timeout user cannot be reached"),
    Answer.WRONG_PIN: (2001, "The initiator information is invalid."),
}


class PhoneBusy(Exception):
    """Another prompt is open on that phone."""


class NoSuchPhone(LookupError):
    """Nobody holds a phone with that number."""


class NoPromptOpen(LookupError):
    """There is nothing to answer on that phone."""


class Mpesa:
    """All phones and prompts.

    `answered` hears of every prompt that ends, once; `changed` of all that a phone shows anew.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        answered: Callable[[Prompt], None] = lambda _prompt: None,
        changed: Callable[[], None] = lambda: None,
        faults: Faults | None = None,
        first_serial: int | None = None,
    ) -> None:
        self._now = now
        self._answered = answered
        self._changed = changed
        # Begins anywhere, so that a world begun anew the same day repeats no receipt.
        self._serial = secrets.randbelow(36**7) if first_serial is None else first_serial
        self._phones: Shelf[str, Phone] = Shelf(Phone.dump)
        self._prompts: Shelf[str, Prompt] = Shelf(Prompt.dump)
        self._choose: Callable[[Phone], Reaction] | None = None
        self.faults = Faults() if faults is None else faults

    def phones(self) -> Iterator[Phone]:
        """Return all phones, oldest first."""
        return iter(self._phones.values())

    def phone(self, number: str) -> Phone:
        """Return the phone with this number.

        Raises:
            NoSuchPhone: There is none.
        """
        if number not in self._phones:
            raise NoSuchPhone(number)
        return self._phones[number]

    def give_phone(self, number: str, *, name: str) -> Phone:
        """Return the phone with this number, a new one if need be; its holder has this name."""
        phone = self._phones.get(number)
        if phone is None:
            phone = self._phones[number] = Phone(number=number, name=name)
            self._changed()
        if phone.name != name:
            phone.name = name
        return phone

    def let_react(self, choose: Callable[[Phone], Reaction] | None) -> None:
        """Have each prompt reacted to at once as this says, also those that are open.

        Until it is called with None: then each phone's holder does as he likes again.
        """
        self._choose = choose
        for prompt in [each for each in self._open() if each.is_shown and choose is not None]:
            self._prepare(prompt, self._reaction_of(self.phone(prompt.order.phone_number)))
        self._changed()

    def push(self, order: Order) -> Prompt:
        """Send a prompt; a number nobody holds gets a phone.

        Raises:
            PhoneBusy: One is open on that phone.
        """
        if order.phone_number not in self._phones:
            self.give_phone(order.phone_number, name=f"+{order.phone_number}")
        if self.open_prompt(order.phone_number) is not None:
            raise PhoneBusy
        phone = self.phone(order.phone_number)
        reaction = self._reaction_of(phone)
        is_on = phone.is_on and reaction is not Reaction.SWITCHED_OFF
        prompt = Prompt(
            merchant_request_id=_merchant_request_id(),
            checkout_request_id=self._checkout_request_id(order.phone_number),
            order=order,
            sent_at=self._now(),
            expires_at=self._now() + (PROMPT_LIFE if is_on else UNREACHABLE_AFTER),
            is_shown=is_on,
        )
        if is_on:
            self._prepare(prompt, reaction)
        self._prompts[prompt.checkout_request_id] = prompt
        self._changed()
        return prompt

    def open_prompt(self, number: str) -> Prompt | None:
        """Return the prompt that waits for this phone's answer, if its time is not over."""
        self.expire_due()
        return next((each for each in self._open() if each.order.phone_number == number), None)

    def find_prompt(self, checkout_request_id: str) -> Prompt | None:
        """Return a prompt, open or among the last 1000 answered."""
        self.expire_due()
        return self._prompts.get(checkout_request_id)

    def prompts_of(self, number: str) -> list[Prompt]:
        """Return a phone's prompts, oldest first, as far as they are remembered."""
        self.expire_due()
        return [each for each in self._prompts.values() if each.order.phone_number == number]

    def answer(self, number: str, answer: Answer, *, pin: str | None = None) -> Prompt:
        """Answer the prompt on this phone's screen; `pin` counts for `PAY` only.

        Raises:
            NoSuchPhone: Nobody has that number.
            NoPromptOpen: Its screen shows no prompt.
        """
        phone = self.phone(number)
        prompt = self.open_prompt(number)
        if prompt is None or not prompt.is_shown:
            raise NoPromptOpen
        if answer is Answer.PAY:
            answer = _outcome_of_paying(phone, prompt.order, pin=pin)
        self._end(prompt, answer)
        return prompt

    def newest_receipt(self) -> str | None:
        """Return the receipt of the newest payment, None if nobody has paid."""
        verdicts = (each.verdict for each in reversed(self._prompts.values()))
        return next((each.receipt for each in verdicts if each and each.receipt), None)

    def expire_due(self) -> None:
        """End the prompts that their holders react to by now, and with 1037 those run out."""
        now = self._now()
        for prompt in [each for each in self._open() if _ends_at(each) <= now]:
            if prompt.reaction is None:
                self._end(prompt, Answer.TIME_OUT)
            else:
                self._react(prompt, prompt.reaction)

    def next_expiry_at(self) -> datetime | None:
        """Return when the next open prompt ends by itself."""
        return min((_ends_at(prompt) for prompt in self._open()), default=None)

    def parts(self) -> dict[str, Part]:
        """Return the parts of its state."""
        return {
            "serial": Whole(lambda: self._serial),
            "phones": self._phones,
            "prompts": self._prompts,
            "faults": Whole(self.faults.dump),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take back the state that its parts were."""
        self._serial = int(saved["serial"])
        phones = [load_phone(each) for each in saved["phones"]]
        prompts = [load_prompt(each) for each in saved["prompts"]]
        self._phones.replace((phone.number, phone) for phone in phones)
        self._prompts.replace((prompt.checkout_request_id, prompt) for prompt in prompts)
        self.faults.load(saved["faults"])

    def _open(self) -> Iterator[Prompt]:
        return (prompt for prompt in self._prompts.values() if prompt.verdict is None)

    def _reaction_of(self, phone: Phone) -> Reaction | None:
        return phone.take_reaction() if self._choose is None else self._choose(phone)

    def _prepare(self, prompt: Prompt, reaction: Reaction | None) -> None:
        if reaction in ANSWERS:
            after = REACTS_AFTER if self._choose is None else timedelta()
            prompt.reaction, prompt.reacts_at = ANSWERS[reaction], self._now() + after

    def _react(self, prompt: Prompt, answer: Answer) -> None:
        phone = self.phone(prompt.order.phone_number)
        if answer is Answer.PAY:
            answer = _outcome_of_paying(phone, prompt.order, pin=None)
        self._end(prompt, answer)

    def _end(self, prompt: Prompt, answer: Answer) -> None:
        phone = self.phone(prompt.order.phone_number)
        code, description = _RESULTS[answer]
        at = self._now()
        receipt = self._debit(phone, prompt.order, at=at) if answer is Answer.PAY else None
        prompt.verdict = Verdict(code=code, description=description, at=at, receipt=receipt)
        if answer is Answer.NO_MONEY:
            text = sms.too_little_money(prompt.order, balance_kes=phone.balance_kes)
            phone.receive_sms(text, at=at)
        elif answer is Answer.WRONG_PIN:
            phone.receive_sms(sms.wrong_pin(prompt.order), at=at)
        self._forget_oldest()
        self._answered(prompt)
        self._changed()

    def _debit(self, phone: Phone, order: Order, *, at: datetime) -> str:
        self._serial += 1
        receipt = receipt_number(self._serial, at=at)
        phone.balance_kes -= order.amount_kes
        phone.payments += 1
        text = sms.paid(order, receipt=receipt, balance_kes=phone.balance_kes, at=at)
        phone.receive_sms(text, at=at)
        return receipt

    def _forget_oldest(self) -> None:
        answered = [key for key, each in self._prompts.items() if each.verdict is not None]
        for key in answered[:-ANSWERED_KEPT]:
            del self._prompts[key]

    def _checkout_request_id(self, number: str) -> str:
        """Return e.g. `ws_CO_26032026133641276708729173`: local time to the ms, then the phone."""
        at = self._now().astimezone(EAT)
        while True:
            stamp = f"{at:%d%m%Y%H%M%S}{at.microsecond // 1000:03}"
            checkout_request_id = f"ws_CO_{stamp}{number[-9:]}"
            if checkout_request_id not in self._prompts:
                return checkout_request_id
            at += timedelta(milliseconds=1)


def _outcome_of_paying(phone: Phone, order: Order, *, pin: str | None) -> Answer:
    if pin is not None and not secrets.compare_digest(pin.encode(), phone.pin.encode()):
        return Answer.WRONG_PIN
    return Answer.PAY if phone.balance_kes >= order.amount_kes else Answer.NO_MONEY


def _ends_at(prompt: Prompt) -> datetime:
    return prompt.reacts_at or prompt.expires_at


def _merchant_request_id() -> str:
    return f"{10_000 + secrets.randbelow(90_000)}-{10_000_000 + secrets.randbelow(90_000_000)}-1"
