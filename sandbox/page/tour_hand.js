// The tour's hand in the chat: it presses and types what a person would, for all to see.

import { send, type } from "./chat.js";
import { get, isCalm, pause, post } from "./common.js";
import { refresh } from "./state.js";

const FIELD = /:f:\w+:c:(\w+):(.+?)~/; // a choice of a form: the field, and what is chosen
const IN_FORM = /:f:\w+:/;
const CONFIRM = /:f:\w+:ok\b/;
const ASKS_PHONE = /phone|number/i;
const SKIPPED = "-";
const MOST_STEPS = 25;
const NO_ANSWER = "The bot does not answer. Try it by hand.";
const FOUND_WITHIN_MS = 60_000; // on a machine that is busy with something else, too
const LOOK_EVERY_MS = 80;
const LETTER_MS = isCalm ? 0 : 45;
const PRESS_MS = isCalm ? 0 : 350;

// ---- the chat

const chatOf = async (person) =>
  (await get(`/api/telegram/people/${person.id}/chat?last=12`)).messages;

const callbacks = (message) =>
  message.buttons.flat().filter((button) => button.kind === "callback").map((button) => button.data);

// The newest button whose data fits, as { messageId, data }, or null.
export function buttonData(messages, pattern) {
  for (const message of [...messages].reverse()) {
    const data = callbacks(message).find((each) => pattern.test(each));
    if (data) return { messageId: message.id, data };
  }
  return null;
}

// Do something that the bot answers, and wait until it has.
async function answered(person, deed) {
  const face = (messages) => JSON.stringify(messages.filter((each) => each.from === "bot"));
  const before = face(await chatOf(person));
  await deed();
  await found(async () => face(await chatOf(person)) !== before, NO_ANSWER);
  await refresh(["telegram"]);
}

// Look until there is something to find, and return that.
export async function found(look, complaint) {
  const until = performance.now() + FOUND_WITHIN_MS;
  while (performance.now() < until) {
    const what = await look();
    if (what) return what;
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(complaint);
}

// The button may be on its way only.
export async function pressButton(person, pattern) {
  const button = await found(
    async () => buttonData(await chatOf(person), pattern),
    "That button is not there. Try it by hand.",
  );
  return press(person, button);
}

async function press(person, { messageId, data }) {
  const shown = [...document.querySelectorAll(`[data-testid="message-${messageId}"] button`)].find(
    (button) => button.dataset.callback === data,
  );
  shown?.setAttribute("data-tour-target", "");
  await pause(PRESS_MS);
  await answered(person, () => post(`/api/telegram/people/${person.id}/presses`, { messageId, data }));
}

async function say(person, text) {
  for (let typed = 1; typed <= text.length; typed += 1) {
    type(text.slice(0, typed));
    await pause(LETTER_MS);
  }
  type("");
  await send(text);
  await heard(person);
}

// What was typed is dealt with once the bot has the last word: it closes its old question first.
async function heard(person) {
  await found(async () => (await chatOf(person)).at(-1)?.from === "bot", NO_ANSWER);
  await refresh(["telegram"]);
}

// ---- forms

// What a form asks for stands behind the number of the step: "Step 2 of 5 · Phone".
const heading = ({ text }) => text.match(/\d[^\n]*·\s*([^\n]+)/)?.[1] ?? text.split("\n").at(-1);

// Open the form behind the button `opener`, unless one is open, and answer until it asks for a yes.
// `answers` are by field; a field without one is skipped if it can be, or takes its first choice.
export async function fillIn(person, opener, answers) {
  await heard(person); // Somebody may have typed an answer by hand just now.
  if (!formIn(await chatOf(person))) await pressButton(person, opener);
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const form = await found(async () => formIn(await chatOf(person)), NO_ANSWER);
    if (callbacks(form).some((data) => CONFIRM.test(data))) return;
    await answerQuestion(person, form, answers);
  }
}

const formIn = (messages) =>
  messages.findLast((each) => callbacks(each).some((data) => IN_FORM.test(data)));

async function answerQuestion(person, form, answers) {
  const choices = callbacks(form).map((data) => ({ data, found: data.match(FIELD) }));
  const offered = choices.filter((each) => each.found);
  if (offered.length === 0) {
    return say(person, ASKS_PHONE.test(heading(form)) ? answers.phone_number : answers.name);
  }
  const wanted = offered.find(({ found: [, field, value] }) => answers[field] === value);
  const skip = offered.find(({ found: [, , value] }) => value === SKIPPED);
  const { data } = wanted ?? skip ?? offered[0];
  return press(person, { messageId: form.id, data });
}
