// What is said over HTTP: a list of exchanges, and the chosen one with its bodies laid out.

import { $, clockTime, element, match } from "./common.js";
import { state, watch } from "./state.js";

const NAMES = { daraja: "Daraja", telegram: "Telegram", callback: "Callback" };
const JSON_PART = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi;

let service = "";
let chosen = null;

function draw() {
  const shown = state.exchanges.filter((each) => !service || each.service === service).reverse();
  match($("exchanges"), shown, {
    key: (exchange) => exchange.id,
    shape: (exchange) => `${exchange.id} ${exchange.id === chosen}`,
    build: line,
  });
}

function line(exchange) {
  const choose = () => {
    chosen = exchange.id;
    draw();
    drawChosen(exchange);
  };
  return element(
    "li",
    {},
    element(
      "button",
      {
        type: "button",
        testid: "exchange",
        "aria-current": exchange.id === chosen ? "true" : undefined,
        onclick: choose,
      },
      element("span", { class: `service to-${exchange.service}` }, NAMES[exchange.service]),
      element("code", {}, lastPart(exchange.path)),
      status(exchange),
      element("span", { class: "when faint" }, exchange.note || seconds(exchange.at)),
    ),
  );
}

const lastPart = (path) => path.replace(/^\/bot[^/]*/, "").replace(/^https?:\/\/[^/]+/, "");
const seconds = (at) => `${clockTime(at)}${at.slice(16, 19)}`;

function status(exchange) {
  const isBad = exchange.status === null || exchange.status >= 400;
  return element("span", { class: isBad ? "status bad" : "status" }, String(exchange.status ?? "none"));
}

function drawChosen(exchange) {
  $("exchange").replaceChildren(
    element("p", { class: "line" }, `${exchange.method} ${exchange.path}`),
    element("p", { class: "faint" }, `${seconds(exchange.at)} in Kenya · status `, status(exchange)),
    ...(exchange.note ? [element("p", { class: "note" }, exchange.note)] : []),
    ...body("What was sent", exchange.request),
    ...body("What was answered", exchange.response),
  );
  $("exchange").scrollTop = 0;
}

function body(title, content) {
  if (content === null) return [];
  const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
  return [element("h3", {}, title), element("pre", {}, ...coloured(text))];
}

function coloured(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(JSON_PART)) {
    const [whole, quoted, colon] = found;
    const kind = colon ? "j-key" : quoted ? "j-text" : "j-other";
    parts.push(text.slice(end, found.index));
    parts.push(element("span", { class: kind }, quoted ?? whole), colon ?? "");
    end = found.index + whole.length;
  }
  return [...parts, text.slice(end)];
}

function choose(button) {
  service = button.dataset.service;
  for (const each of $("log-filters").children) {
    each.setAttribute("aria-pressed", String(each === button));
  }
  draw();
}

export function setUpLog() {
  watch(["exchanges"], draw);
  for (const button of $("log-filters").children) {
    button.hidden = button.dataset.service === "telegram" && !state.withTelegram;
    button.addEventListener("click", () => choose(button));
  }
}
