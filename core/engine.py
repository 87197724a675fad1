"""The engine: the services, built once. All that the bot and the server may call."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient

from core import database
from core.clock import Clock
from core.services.admin.actions import AdminService
from core.services.admin.businesses import BusinessService
from core.services.admin.health import HealthService
from core.services.admin.measures import MeasureService
from core.services.admin.pulse import PulseService
from core.services.bills.arrears import ArrearsService
from core.services.bills.by_hand import BillService
from core.services.bills.histories import HistoryService
from core.services.bills.ledger import Ledger
from core.services.bills.making import BillingService
from core.services.bills.transactions import TransactionService
from core.services.clients.care import CareService
from core.services.clients.directory import DirectoryService
from core.services.clients.erasure import ErasureService
from core.services.clients.own_payments import OwnPaymentService
from core.services.clients.own_wishes import OwnWishService
from core.services.clients.standings import StandingService
from core.services.context import Context
from core.services.facts import FactService
from core.services.messages.dialogs import DialogService
from core.services.messages.housekeeping import HousekeepingService
from core.services.messages.idempotency import IdempotencyService
from core.services.messages.intake import Intake
from core.services.messages.mail import MailService
from core.services.messages.outbox import OutboxService
from core.services.messages.updates import UpdateService
from core.services.notices import Notices
from core.services.office.acting import ActingService
from core.services.office.agenda import AgendaService
from core.services.office.api_keys import ApiKeyService
from core.services.office.dashboard import DashboardService
from core.services.office.digests import DigestService
from core.services.office.exports import ExportService
from core.services.office.figures import FigureService
from core.services.office.leaving import LeavingService
from core.services.office.linking import LinkingService
from core.services.office.people import PeopleService
from core.services.office.staff import StaffService
from core.services.preferences import PreferenceService
from core.services.prompts.accounts import AccountService
from core.services.prompts.answers import AnswerBook
from core.services.prompts.blocked_numbers import BlockedNumberService
from core.services.prompts.prompts import PromptService
from core.services.prompts.stop import PromptStopService
from core.services.settlement.decisions import DecisionService
from core.services.settlement.inbox import InboxService
from core.services.settlement.plain_results import PlainResults
from core.services.settlement.reconciliation import ReconciliationService
from core.services.settlement.settlement import SettlementService
from core.services.subscriptions.acceptance import AcceptanceService
from core.services.subscriptions.changes import ChangeService
from core.services.subscriptions.clients import ClientService
from core.services.subscriptions.invitations import InvitationService
from core.services.subscriptions.links import Links
from core.services.subscriptions.plans import PlanService
from core.services.subscriptions.subscriptions import SubscriptionService
from core.settings import Settings


class Engine:
    """The billing engine behind its use cases. The database must be open while it works."""

    def __init__(self, context: Context) -> None:
        self._context = context
        notices = Notices(context)
        self.facts = FactService()
        self.people = PeopleService(context, notices)
        self.accounts = AccountService(context, notices)
        self.api_keys = ApiKeyService(context, self.people)
        self.dialogs = DialogService(context)
        self.preferences = PreferenceService(context)
        self.outbox = OutboxService(context, notices)
        self.idempotency = IdempotencyService(context)
        self._intake = Intake(context)
        self.updates = UpdateService(context, self._intake)
        self._sell(context, notices)
        self._collect(context, notices)
        self._look(context)
        self._keep_office(context, notices)
        self._operate(context, notices)
        self._serve_clients(context, notices)

    def _sell(self, context: Context, notices: Notices) -> None:
        """Plans, clients, and what joins the two."""
        links = Links(context, notices, self.facts)
        self.plans = PlanService(context)
        self.clients = ClientService(context)
        self.subscriptions = SubscriptionService(
            context, notices, plans=self.plans, clients=self.clients, links=links
        )
        self.changes = ChangeService(
            context, notices, plans=self.plans, subscriptions=self.subscriptions
        )
        self.mail = MailService(context, notices)
        self.invitations = InvitationService(
            context, subscriptions=self.subscriptions, mail=self.mail, links=links
        )
        self.acceptance = AcceptanceService(context, notices, links)

    def _collect(self, context: Context, notices: Notices) -> None:
        """Bills, prompts, and what becomes of both."""
        ledger = Ledger(context, notices, self.accounts)
        answers = AnswerBook(context, notices, self.accounts)
        self.billing = BillingService(context, notices, ledger, self.subscriptions)
        self.arrears = ArrearsService(context, notices, ledger)
        self.blocked_numbers = BlockedNumberService(context, notices)
        self.care = CareService(
            context,
            notices,
            ledger=ledger,
            clients=self.clients,
            blocked=self.blocked_numbers,
        )
        self.prompts = PromptService(
            context, self.accounts, answers, clients=self.clients, blocked=self.blocked_numbers
        )
        self.settlement = SettlementService(
            context, notices, ledger=ledger, accounts=self.accounts, answers=answers
        )
        self.decisions = DecisionService(
            context, self.settlement, accounts=self.accounts, prompts=self.prompts
        )
        self.bills = BillService(context, notices, ledger=ledger, answers=answers)
        self.inbox = InboxService(
            context,
            self._intake,
            settlement=self.settlement,
            plain=PlainResults(context, self.accounts),
        )
        self.reconciliation = ReconciliationService(
            context, self.settlement, accounts=self.accounts, answers=answers
        )
        self.histories = HistoryService(context, notices)

    def _look(self, context: Context) -> None:
        """Lists and numbers."""
        self.directory = DirectoryService(context)
        self.transactions = TransactionService(context)
        self.agenda = AgendaService(context)
        self.dashboard = DashboardService(context, self.agenda)
        self.figures = FigureService(context)

    def _keep_office(self, context: Context, notices: Notices) -> None:
        """An owner's staff, account, books, and his way out."""
        self.acting = ActingService(self.people)
        self.staff = StaffService(context, notices, self.facts)
        self.digests = DigestService(context, notices, self.dashboard)
        self.linking = LinkingService(
            context, notices, accounts=self.accounts, prompts=self.prompts
        )
        self.leaving = LeavingService(context, staff=self.staff, api_keys=self.api_keys)
        self.exports = ExportService(context)

    def _operate(self, context: Context, notices: Notices) -> None:
        """What the installation's admins need."""
        self.measures = MeasureService(context)
        self.housekeeping = HousekeepingService(context)
        self.pulse = PulseService(context)
        self.health = HealthService(context, self.measures, self.pulse)
        self.prompt_stop = PromptStopService(context, notices)
        self.businesses = BusinessService(context, notices)
        self.administration = AdminService(
            context, notices, billing=self.billing, arrears=self.arrears, inbox=self.inbox
        )

    def _serve_clients(self, context: Context, notices: Notices) -> None:
        """What a client sees and does himself."""
        self.standings = StandingService(self.histories)
        self.own_payments = OwnPaymentService(
            context, self.standings, accounts=self.accounts, prompts=self.prompts
        )
        self.own_wishes = OwnWishService(context, notices, self.standings)
        self.erasure = ErasureService(context, notices)

    @property
    def settings(self) -> Settings:
        """The operator's decisions."""
        return self._context.settings

    @property
    def clock(self) -> Clock:
        """The one source of time."""
        return self._context.clock

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which dates are dates."""
        return self._context.zone

    @property
    def inbox_stirred(self) -> asyncio.Event:
        """Set when an inbound event was stored by this process."""
        return self._context.inbox_stirred

    @property
    def outbox_stirred(self) -> asyncio.Event:
        """Set when a notice may wait."""
        return self._context.outbox_stirred

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return self._context.now()

    def today(self) -> date:
        """Return today's date in the business zone."""
        return self._context.today()

    def transaction(self) -> AbstractAsyncContextManager[BaseDBAsyncClient]:
        """Begin one DB transaction around several use cases."""
        return database.transaction()

    async def is_ready(self) -> bool:
        """Tell whether the database answers and has our tables."""
        return await database.is_reachable()
