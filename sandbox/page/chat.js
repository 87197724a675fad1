// The chat of the chosen person with the bot.

import { $, alertBox, attempt, day, element, match, post, toast } from "./common.js";
import { bubble, copy } from "./bubbles.js";
import { chooseInline, suggestInline } from "./inline.js";
import { askForContact, setUpAttachments } from "./attachments.js";
import { enterGroup, headOf, senderOf, setUpGroups, throwBotOut } from "./groups.js";
import { openLink } from "./links.js";
import {
  chosenGroup, chosenPerson, refresh, showEarlier, state, watch, worldNow,
} from "./state.js";
import { isChatSeen } from "./view.js";

const TOAST_LASTS_MS = 15_000;

const toasted = new Map(); // person id -> ids of the toasts already shown
let drawnChat = null;
let isAtEnd = true;

const path = (rest) => `/api/telegram/people/${state.chosen.id}/${rest}`;
// A group is named in what is said and pressed; the own chat is where it goes otherwise.
const here = (body) => (state.chosen.group ? { ...body, chatId: state.chosen.group } : body);

// ---- drawing

function draw() {
  const person = chosenPerson();
  $("chat").hidden = !person;
  if (!person) return;
  const { title, status, start, stop, canWrite } = headOf(person, chosenGroup(), state.bot);
  $("chat-title").textContent = title;
  $("bot-avatar").textContent = [...title][0];
  $("chat-status").textContent = status;
  $("start").hidden = !start;
  $("start").textContent = start;
  $("composer").hidden = !canWrite;
  $("block").hidden = !stop;
  $("block").textContent = stop;
  $("make-group").hidden = Boolean(state.chosen.group);
  $("text").placeholder = placeholder();
  drawTyping();
  drawReplyKeyboard(canWrite);
  drawCommands();
  drawWelcome();
  drawPinned();
  drawMessages(); // Last, so that it scrolls in the room the others left.
  drawToasts();
  if (person.unread && state.chat && !state.chosen.group && isChatSeen()) post(path("read")).catch(() => {});
}

function placeholder() {
  const { forceReply, replyKeyboard } = state.chat ?? {};
  return forceReply?.placeholder || replyKeyboard?.placeholder || "Message";
}

// Typing ends by itself, without any news of it.
export function drawTyping() {
  const isTyping = state.chat?.typing && new Date(state.chat.typingUntil) > worldNow();
  $("typing").textContent = isTyping ? "typing" : "";
  $("draft").hidden = !state.chat?.draft;
  $("draft").textContent = state.chat?.draft ?? "";
}

// What a stranger sees: what the bot says of itself, and how to begin.
function drawWelcome() {
  const isNew = Boolean(state.chat) && state.chat.messages.length === 0;
  $("welcome").hidden = !isNew;
  $("welcome").textContent = state.chat?.description || "Press Start to talk to this bot.";
}

function drawPinned() {
  const pinned = state.chat?.pinned?.at(-1);
  const message = state.chat?.messages.find((each) => each.id === pinned);
  $("pinned").hidden = !message;
  $("pinned").textContent = message ? `📌 ${message.text.replaceAll("\n", " ").slice(0, 120)}` : "";
  $("pinned").onclick = () =>
    document.querySelector(`[data-testid="message-${pinned}"]`)?.scrollIntoView({ block: "center" });
}

function drawMessages() {
  const box = $("messages");
  box.inert = !state.chat; // What is seen is still somebody else's.
  if (!state.chat) return;
  const chatId = state.chosen.group ?? state.chosen.id;
  const isOther = drawnChat !== chatId;
  const fromEnd = box.scrollHeight - box.scrollTop;
  const before = $("bubbles").lastElementChild?.dataset.key;
  const hadEarlier = $("bubbles").firstElementChild?.dataset.key;
  match($("bubbles"), withDays(state.chat.messages), {
    key: (item) => item.key,
    build: (item) =>
      item.day
        ? element("p", { class: "day" }, item.day)
        : bubble(item.message, { press, sender: item.sender }),
  });
  $("earlier-box").hidden = !state.chat.earlier;
  const hasNews = $("bubbles").lastElementChild?.dataset.key !== before;
  const hasOlder = $("bubbles").firstElementChild?.dataset.key !== hadEarlier;
  if (isOther || isAtEnd || hasNews) box.scrollTop = box.scrollHeight;
  else if (hasOlder) box.scrollTop = box.scrollHeight - fromEnd;
  drawnChat = chatId;
}

// Who reads the end goes on reading it when the room below changes.
function stayAtEnd() {
  const box = $("messages");
  box.addEventListener("scroll", () => {
    isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  });
  const sizes = new ResizeObserver(() => {
    if (isAtEnd) box.scrollTop = box.scrollHeight;
  });
  sizes.observe(box);
  sizes.observe($("bubbles"));
}

function withDays(messages) {
  const items = [];
  let last = "";
  for (const message of messages) {
    const today = day(message.at);
    if (today !== last) items.push({ key: `day-${today}`, day: today });
    items.push({ key: `message-${message.id}`, message, sender: senderOf(message) });
    last = today;
  }
  return items;
}

function drawReplyKeyboard(canWrite) {
  const rows = state.chat?.replyKeyboard?.rows ?? [];
  $("reply-keyboard").hidden = rows.length === 0 || !canWrite;
  match($("reply-keyboard"), rows, {
    key: (row) => JSON.stringify(row),
    build: (row) => element("div", { class: "row" }, ...row.map(replyButton)),
  });
}

function replyButton(button) {
  const reply = () => (button.kind === "contact" ? askForContact() : attempt(() => send(button.text)));
  const attributes = { type: "button", testid: "reply-button", class: button.style ?? "" };
  return element("button", { ...attributes, onclick: reply }, button.text);
}

function drawCommands() {
  match($("commands"), state.chat?.commands ?? [], {
    key: (each) => each.command,
    build: (each) => {
      const run = () => attempt(() => send(`/${each.command}`));
      return element(
        "li",
        {},
        element(
          "button",
          { type: "button", testid: `command-${each.command}`, onclick: run },
          element("strong", {}, `/${each.command}`),
          element("span", {}, each.description),
        ),
      );
    },
  });
}

function drawToasts() {
  const id = state.chosen?.id;
  if (!state.chat || !id || state.chosen.group) return;
  const known = toasted.get(id);
  const fresh = state.chat.toasts ?? [];
  toasted.set(id, new Set(fresh.map((each) => each.id)));
  if (!known) return; // What happened before the page was opened is over.
  const isNews = (each) => !known.has(each.id) && worldNow() - new Date(each.at) < TOAST_LASTS_MS;
  for (const each of fresh.filter(isNews)) {
    if (each.alert) alertBox(each.text);
    else toast(each.text);
  }
}

// ---- what the person does

const press = (message, button, pressed) => attempt(() => carryOut(message, button), pressed);

async function carryOut(message, button) {
  switch (button.kind) {
    case "callback":
      await pressCallback(here({ messageId: message.id, data: button.data }));
      break;
    case "copy":
      await copy(button.data);
      break;
    case "switchInline":
      type(`@${state.bot.username} ${button.data}`);
      break;
    default:
      openLink(button.data);
  }
}

async function pressCallback(body) {
  const { answer: said } = await post(path("presses"), body);
  await refresh(["telegram"]);
  // A person's own chat keeps its toasts.
  if (body.chatId && said?.text) (said.show_alert ? alertBox : toast)(said.text);
}

export const send = (text) => sendAny({ text });

async function sendAny(content) {
  $("menu").open = false;
  await post(path("messages"), here(content));
  await refresh(["telegram"]);
}

async function sendTyped() {
  const text = $("text").value;
  if (!text.trim()) return;
  if (await chooseInline()) return;
  type("");
  try {
    await send(text);
  } catch (error) {
    type(text);
    throw error;
  }
}

export function type(text) {
  $("text").value = text;
  fit();
  if (text) $("text").focus({ preventScroll: true });
}

function fit() {
  const box = $("text");
  box.rows = Math.min(5, box.value.split("\n").length);
  suggestInline(box.value);
}

// ---- inside a text

async function follow(event) {
  const part = event.target.closest(
    "a[href]:not([download]), .tg-command, .tg-spoiler, .expandable, code",
  );
  if (!part) return;
  if (part.matches(".tg-spoiler, .expandable") && !part.classList.contains("shown")) {
    part.classList.add("shown");
    part.removeAttribute("aria-label");
  } else if (part.matches("a")) {
    event.preventDefault();
    openLink(part.href);
  } else if (part.matches(".tg-command")) {
    await attempt(() => send(part.textContent));
  } else if (part.matches("code")) {
    await attempt(() => copy(part.textContent));
  }
}

export function setUpChat() {
  watch(["telegram"], draw);
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(sendTyped);
  });
  $("text").addEventListener("input", fit);
  $("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    attempt(sendTyped);
  });
  $("bubbles").addEventListener("click", follow);
  $("bubbles").addEventListener("keydown", (event) => {
    if (!["Enter", " "].includes(event.key) || !event.target.matches("[role='button']")) return;
    event.preventDefault();
    follow(event);
  });
  $("menu").addEventListener("keydown", (event) => {
    if (event.key === "Escape") $("menu").open = false;
  });
  document.addEventListener("click", (event) => {
    if (!$("menu").contains(event.target)) $("menu").open = false;
  });
  $("earlier").addEventListener("click", () => attempt(showEarlier, $("earlier")));
  $("start").addEventListener("click", () => attempt(begin, $("start")));
  $("block").addEventListener("click", () => attempt(end, $("block")));
  setUpAttachments(sendAny);
  setUpGroups();
  stayAtEnd();
}

async function begin() {
  if (state.chosen.group) return enterGroup();
  if (chosenPerson().blocked) await turn("unblock");
  return send("/start");
}

const end = () => (state.chosen.group ? throwBotOut() : turn("block"));

async function turn(deed) {
  await post(path(deed));
  await refresh(["telegram"]);
}
