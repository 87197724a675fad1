// The eight steps of the tour. Each tells from the world whether it is done, points at the control
// that does it, and can do it for the newcomer, visibly.
//
// What it knows of the bot are the beginnings of its callback data and the kind of link that its
// invitations have: its words may change.

import { send } from "./chat.js";
import { $, isCalm, kes, pause } from "./common.js";
import { isInvitation, openLinkAs } from "./links.js";
import { answer, setPin } from "./phone.js";
import { become, chosenPerson, state } from "./state.js";
import { skip } from "./clock.js";
import { buttonData, fillIn, found, pressButton } from "./tour_hand.js";
import { show } from "./view.js";

const PLAN = { name: "Gold", amount_kes: "2500", frequency: "MONTHLY", billing_day: "5" };
const NEW_PLAN = /:new:plan\b/;
const NEW_CLIENT = /:new:client\b/;
const CONFIRM = /:f:\w+:ok\b/;
const ACCEPT = /:accept\b/;
const KEY_MS = isCalm ? 0 : 220;

// ---- what is there

const invitation = ({ ownerChat }) => {
  const links = ownerChat.flatMap((message) => message.text.match(/https?:\/\/\S+/g) ?? []);
  return links.filter((link) => isInvitation(new URL(link))).at(-1) ?? null;
};
const isPaid = ({ clientPhone }) =>
  clientPhone?.sms.some((sms) => / Confirmed\. /.test(sms.text)) ?? false;
const isBilled = (seen) => Boolean(seen.clientPhone?.prompt) || isPaid(seen);

// ---- what to point at

const shownButton = (pattern) =>
  [...document.querySelectorAll("#bubbles button[data-callback]")]
    .filter((button) => pattern.test(button.dataset.callback))
    .at(-1) ?? null;
const personButton = (person) => document.querySelector(`[data-testid="person-${person.id}"]`);
const orPerson = (person, target) => (chosenPerson()?.id === person.id ? target() : personButton(person));
const shownInvitation = () =>
  [...document.querySelectorAll("#bubbles a[href]")].filter((link) => isInvitation(new URL(link.href))).at(-1);

async function go(person, view = "chat") {
  if (chosenPerson()?.id !== person.id) await become(person);
  show(view);
}

export const STEPS = [
  {
    title: () => "Meet the bot",
    text: ({ owner }) =>
      `You are ${owner.firstName}, who runs a small business. On the left is your Telegram, ` +
      "on the right your phone. Everything begins with Start.",
    label: () => "Press Start",
    isDone: ({ owner }) => owner.started,
    target: ({ owner }) => orPerson(owner, () => $("start")),
    async act({ owner }) {
      await go(owner);
      await send("/start");
    },
  },
  {
    title: () => "Create your first plan",
    text: () =>
      "A plan says what is sold, for how much, how often. Press New plan, or let me: " +
      `${PLAN.name}, ${kes(2500)} every month on the 5th.`,
    label: () => "Fill in the plan",
    isDone: ({ ownerChat }) => buttonData(ownerChat, CONFIRM) !== null,
    target: ({ owner }) => orPerson(owner, () => shownButton(NEW_PLAN)),
    async act({ owner }) {
      await go(owner);
      await fillIn(owner, NEW_PLAN, PLAN);
    },
  },
  {
    title: () => "Say yes to it",
    text: () => "The bot shows what it has understood. Nothing is saved before you say so.",
    label: () => "Create the plan",
    isDone: ({ ownerChat }) => buttonData(ownerChat, NEW_CLIENT) !== null,
    target: ({ owner }) => orPerson(owner, () => shownButton(CONFIRM)),
    async act({ owner }) {
      await go(owner);
      await pressButton(owner, CONFIRM);
    },
  },
  {
    title: ({ client }) => `Invite ${client.firstName}`,
    text: ({ client }) =>
      `Press New client and give ${client.firstName}'s name and M-PESA number, or let me. The bot ` +
      "makes an invitation that you can forward.",
    label: ({ client }) => `Add ${client.firstName}`,
    isDone: (seen) => invitation(seen) !== null,
    target: ({ owner }) => orPerson(owner, () => shownButton(CONFIRM) ?? shownButton(NEW_CLIENT)),
    async act({ owner, client }) {
      await go(owner);
      const number = `0${client.phoneNumber.slice(3)}`;
      await fillIn(owner, NEW_CLIENT, { name: client.firstName, phone_number: number });
      await pressButton(owner, CONFIRM);
    },
  },
  {
    title: ({ client }) => `Open the invitation as ${client.firstName}`,
    text: ({ owner, client }) =>
      `${owner.firstName} would forward the link by WhatsApp or SMS. Here you are both: open it ` +
      `as ${client.firstName}, in her own Telegram.`,
    label: ({ client }) => `Open it as ${client.firstName}`,
    isDone: ({ client }) => client.started,
    target: ({ owner }) => orPerson(owner, shownInvitation),
    async act(seen) {
      await openLinkAs(invitation(seen), seen.client);
    },
  },
  {
    title: ({ client }) => `Accept as ${client.firstName}`,
    text: () => "She sees who asks, how much and from when. Without her yes nobody bills her.",
    label: () => "Press Accept",
    isDone: ({ client }) => client.started && Boolean(state.clock?.nextBillingAt),
    target: ({ client }) => orPerson(client, () => shownButton(ACCEPT)),
    async act({ client }) {
      await go(client);
      await pressButton(client, ACCEPT);
    },
  },
  {
    title: () => "Wait for the billing day",
    text: ({ client }) =>
      `This world has a clock of its own. Skip to the billing day: ${client.firstName}'s phone, on ` +
      "the right, will ask for her PIN.",
    label: () => "Go to the billing day",
    isDone: isBilled,
    target: () => $("to-billing"),
    async act({ client }) {
      await go(client, "phone");
      await skip({ toNextBillingDay: true });
      await prompted(client);
    },
  },
  {
    title: () => "Pay",
    text: ({ client }) =>
      `M-PESA asks ${client.firstName} for the PIN, as Safaricom's SIM card does. It is 1234.`,
    label: () => "Enter the PIN and pay",
    isDone: isPaid,
    target: ({ client }) => orPerson(client, () => $("pin-pad")),
    async act({ client }) {
      await go(client, "phone");
      await enterPin(state.phones.find((each) => each.phoneNumber === client.phoneNumber).pin);
    },
  },
];

export const finale = {
  title: () => "The bill is paid",
  text: ({ owner, client }) =>
    `${client.firstName} has M-PESA's SMS and a receipt in Telegram; ${owner.firstName} has been told. ` +
    "Now let something go wrong below the clock, or run a month.",
  label: ({ owner }) => `See ${owner.firstName}'s chat`,
  act: ({ owner }) => go(owner),
};

// The bill is made at the next tick of the bot's program.
function prompted(person) {
  const isAsked = () => state.phones.find((each) => each.phoneNumber === person.phoneNumber)?.prompt;
  return found(isAsked, "The prompt does not come. Look at what is said over HTTP below.");
}

async function enterPin(pin) {
  for (let typed = 1; typed <= pin.length; typed += 1) {
    setPin(pin.slice(0, typed));
    await pause(KEY_MS);
  }
  await answer("pay", pin);
}
