// Inline mode: `@bot words` in the message field shows what the bot offers to send.

import { $, attempt, element, match, post } from "./common.js";
import { refresh, state } from "./state.js";

const PATIENCE_MS = 300;

let offered = { queryId: null, results: [] };
let waiting = null;
let asked = "";

const path = (rest) => `/api/telegram/people/${state.chosen.id}/inline${rest}`;

// The words after the bot's name, or null if the text is no inline query.
function queryIn(text) {
  const name = `@${state.bot?.username ?? ""} `;
  return text.toLowerCase().startsWith(name.toLowerCase()) ? text.slice(name.length) : null;
}

export function suggestInline(text) {
  const query = queryIn(text);
  clearTimeout(waiting);
  asked = text;
  if (query === null) offer({ queryId: null, results: [] });
  else waiting = setTimeout(() => attempt(() => ask(text, query)), PATIENCE_MS);
}

async function ask(text, query) {
  const { queryId, answer } = await post(path(""), state.chosen.group ? { query, chatId: state.chosen.group } : { query });
  if (asked === text) offer({ queryId, results: answer?.results });
}

function offer({ queryId, results }) {
  offered = { queryId, results: results ?? [] };
  $("inline-results").hidden = queryId === null;
  const shown = offered.results.length
    ? offered.results
    : [{ id: "", title: "Nothing was found.", description: "" }];
  match($("inline-results"), queryId ? shown : [], { key: (each) => each.id, build: resultItem });
}

function resultItem(result) {
  if (!result.id) return element("li", { class: "faint" }, result.title);
  return element(
    "li",
    {},
    element(
      "button",
      { type: "button", testid: "inline-result", onclick: () => attempt(() => sendResult(result)) },
      element("strong", {}, result.title),
      element("span", {}, result.description),
    ),
  );
}

async function sendResult(result) {
  await post(path(`/${offered.queryId}`), { resultId: result.id });
  $("text").value = "";
  suggestInline("");
  $("text").focus();
  await refresh(["telegram"]);
}

// Enter on an inline query sends the first result; true if the text was one.
export async function chooseInline() {
  if (queryIn($("text").value) === null) return false;
  if (offered.results[0]) await sendResult(offered.results[0]);
  return true;
}

export function setUpInline() {
  $("inline-results").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    suggestInline("");
    $("text").focus();
  });
}
