// One message of the chat: what it says, what hangs on it, and its buttons.

import { $, clockTime, element, toast } from "./common.js";
import { formatTime } from "./times.js";
import { worldNow } from "./state.js";

const MARKS = { url: " ↗", webApp: " ↗" };

// `sender` is the name of somebody else in a group.
export function bubble(message, { press, sender = null }) {
  if (message.service) {
    const words = sender ? `${message.service} · ${sender}` : message.service;
    return element("p", { class: "day", testid: `message-${message.id}` }, words);
  }
  const author = sender ?? (message.from === "bot" ? "the bot" : "you");
  return element(
    "article",
    {
      class: `message ${sender ? "other" : message.from}`,
      testid: `message-${message.id}`,
      "data-from": message.from,
      "aria-label": `From ${author}`,
    },
    element(
      "div",
      { class: "bubble" },
      sender ? element("strong", { class: "sender" }, sender) : null,
      message.replyTo ? quote(message.replyTo) : null,
      message.photo ? photo(message) : null,
      message.document ? documentLink(message.document) : null,
      message.contact ? contactCard(message.contact) : null,
      message.location ? place(message.location) : null,
      message.sticker ? element("p", { class: "sticker" }, message.sticker) : null,
      message.voiceS ? element("p", {}, `🎤 Voice message, ${message.voiceS} s`) : null,
      words(message),
      stamp(message),
    ),
    message.buttons?.length ? keyboard(message, press) : null,
  );
}

function words(message) {
  const body = element("div", { class: "text" });
  body.innerHTML = message.html ?? ""; // Escaped by the sandbox.
  // What a link passes to the bot is sent, but not shown.
  if (message.from === "person" && message.text.startsWith("/start ")) body.lastChild.remove();
  for (const part of body.querySelectorAll(".tg-command, .tg-spoiler, code, .expandable")) {
    part.setAttribute("role", "button");
    part.tabIndex = 0;
  }
  body.querySelectorAll(".tg-spoiler").forEach((each) => each.setAttribute("aria-label", "Hidden"));
  body.querySelectorAll("code").forEach((each) => (each.title = "Copy"));
  for (const time of body.querySelectorAll("time[data-unix]")) {
    const at = new Date(Number(time.dataset.unix) * 1000);
    time.title = time.textContent;
    time.dateTime = at.toISOString();
    if (time.dataset.format) time.textContent = formatTime(at, time.dataset.format, worldNow());
  }
  return body;
}

function stamp(message) {
  return element(
    "span",
    { class: "stamp" },
    message.reaction ? element("span", { testid: "reaction" }, message.reaction) : null,
    message.viaBot ? element("span", {}, "via the bot") : null,
    message.edited ? element("span", { testid: "edited" }, "edited") : null,
    element("span", {}, clockTime(message.at)),
  );
}

function quote(messageId) {
  const quoted = document.querySelector(`[data-testid="message-${messageId}"] .text`);
  return element("p", { class: "quote" }, quoted?.textContent ?? "An earlier message");
}

function photo({ photo: url, photoSize: size, text }) {
  const alt = text ? `Picture: ${text.slice(0, 200)}` : "Picture from the bot";
  const image = element("img", { src: url, alt, width: size?.width, height: size?.height });
  const enlarge = () => {
    Object.assign($("picture-shown"), { src: url, alt });
    $("picture-save").href = url;
    $("picture").showModal();
  };
  return element("button", { type: "button", class: "photo", testid: "photo", onclick: enlarge }, image);
}

function documentLink(sent) {
  const size = `${Math.max(1, Math.round(sent.size / 1024)).toLocaleString("en")} KB`;
  const kind = sent.name.includes(".") ? sent.name.split(".").pop().slice(0, 4).toUpperCase() : "FILE";
  return element(
    "a",
    { href: sent.url, download: sent.name, class: "document button", testid: "document" },
    element("span", { class: "kind", "aria-hidden": "true" }, kind),
    element("strong", {}, sent.name),
    element("span", {}, `${size} · Download`),
  );
}

function contactCard(contact) {
  const name = element("strong", {}, contact.firstName);
  const isWhole = /^[+0]/.test(contact.phoneNumber);
  const number = isWhole ? contact.phoneNumber : `+${contact.phoneNumber}`;
  return element("p", { class: "contact" }, "👤", name, number);
}

const place = ({ latitude, longitude }) =>
  element("p", { class: "contact" }, "📍", `${latitude}, ${longitude}`);

function keyboard(message, press) {
  const rows = message.buttons.map((row) =>
    element("div", { class: "row" }, ...row.map((button) => inlineButton(message, button, press))),
  );
  return element("div", { class: "keyboard" }, ...rows);
}

function inlineButton(message, button, press) {
  const made = element(
    "button",
    {
      type: "button",
      class: button.style ?? "",
      testid: "inline-button",
      "data-kind": button.kind,
      "data-callback": button.kind === "callback" ? button.data : undefined,
      onclick: () => press(message, button, made),
    },
    button.text,
  );
  if (MARKS[button.kind]) {
    made.append(element("span", { "aria-hidden": "true" }, MARKS[button.kind]));
  }
  return made;
}

export async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied.");
}
