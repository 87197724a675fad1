"""What really happened to the money, whatever anybody was told: the measure of the database."""

from dataclasses import dataclass, field

from sandbox.mpesa.prompts import Prompt


@dataclass(slots=True, kw_only=True)
class Sent:
    """A prompt that reached a phone, and what we have been told about it."""

    prompt: Prompt
    token: str = field(repr=False)
    token_hash: str
    transaction_id: int
    told_failed: bool = False
    """Some answer or callback has said that nothing was paid."""
    told_paid: bool = False
    """A genuine callback has said that it was paid, and we have acknowledged it."""
    queries: int = 0

    @property
    def receipt(self) -> str | None:
        """The receipt of the money that moved, None if none did."""
        return self.prompt.verdict.receipt if self.prompt.verdict else None

    @property
    def is_paid(self) -> bool:
        """Money has moved."""
        return self.receipt is not None


class Truth:
    """All prompts that were ever made."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.by_request_id: dict[str, Sent] = {}
        self.by_token_hash: dict[str, Sent] = {}
        self.by_hand_kes = 0
        """What owners have entered as cash or bank money, taken or not."""

    def add(self, sent: Sent) -> None:
        """Take note of a prompt."""
        self.sent.append(sent)
        self.by_request_id[sent.prompt.checkout_request_id] = sent
        self.by_token_hash[sent.token_hash] = sent

    def of_bill(self, transaction_id: int) -> list[Sent]:
        """Return the prompts that asked for this bill."""
        return [sent for sent in self.sent if sent.transaction_id == transaction_id]

    def open_on(self, phone_number: str) -> list[Sent]:
        """Return the prompts that this phone shows."""
        return [
            sent
            for sent in self.sent[-50:]
            if sent.prompt.verdict is None and sent.prompt.order.phone_number == phone_number
        ]

    def an_old_receipt(self) -> str | None:
        """Return a receipt that somebody may have seen."""
        paid = [sent for sent in self.sent if sent.is_paid and sent.told_paid]
        return paid[-1].receipt if paid else None
