// What shall go wrong: a tile per fault; pressed, it waits for its occasion.

import { $, attempt, element, match, post, remove } from "./common.js";
import { refresh, state, watch } from "./state.js";

const ALWAYS = 1000;
const SAFARICOM = "/api/faults";
const TELEGRAM = "/api/telegram/faults";

// Each tile: the kind, its name, what it means, and what else the order says.
const GROUPS = [
  {
    title: "The callback of a payment",
    path: SAFARICOM,
    tiles: [
      ["callback_lost", "Is lost", "Safaricom's news of the payment never arrives."],
      ["callback_late", "Comes 90 s late", "The news comes a minute and a half after its time."],
      ["callback_double", "Comes twice", "The same news is delivered two times."],
      ["callback_before_answer", "Overtakes the answer", "The client pays before Daraja has answered."],
      ["callback_plain", "Comes by two ways", "A second time to the address without its secret part."],
      ["callback_odd_code", "Has an odd code", "A failure with a code whose meaning is disputed."],
      ["false_alarm", "Cries failure early", "It says failed while the prompt is still open."],
    ],
  },
  {
    title: "Somebody forges a callback",
    path: SAFARICOM,
    tiles: [
      ["forged_amount", "Another amount", "Who saw the address says that another amount was paid."],
      ["forged_receipt", "An old receipt", "It claims to be paid by the receipt of an older payment."],
      ["forged_plain", "A guessed number", "It guesses the request's number, and not the secret address."],
    ],
  },
  {
    title: "Daraja, when a prompt is asked for",
    path: SAFARICOM,
    tiles: [
      ["answer_lost", "Answer is lost", "The prompt goes out, and the connection is cut."],
      ["answer_late", "Answers 10 s late", "The prompt goes out, and the answer takes its time."],
      ["not_sent", "Connection is cut", "It is cut before anything is done: no prompt goes out."],
      ["daraja_busy", "System is busy", "Daraja says that its system is busy."],
      ["spike_arrest", "Too many requests", "Daraja says that they come too fast."],
      ["quota", "Quota is used up", "Daraja takes no more of them for now."],
      ["daraja_down", "Is down", "A 500 that says nothing."],
      ["token_killed", "Token is dead", "The access token is refused though its time is not over."],
      ["phone_locked", "Phone is busy", "Another prompt is open on that phone, Daraja says."],
      ["bad_phone", "Number is refused", "Daraja says that the number is wrong."],
      ["merchant_unknown", "Merchant unknown", "Daraja says that the merchant does not exist."],
    ],
  },
  {
    title: "Daraja, when it is asked how a prompt ended",
    path: SAFARICOM,
    tiles: [
      ["query_failed", "Says nothing of use", "The query is answered without a result."],
      ["query_lie", "Says that it failed", "It does so though the client has paid."],
    ],
  },
  {
    title: "Telegram, when the bot calls it",
    path: TELEGRAM,
    telegramOnly: true,
    tiles: [
      ["429", "429 Too many", "The bot must wait for 5 seconds.", { retryAfter: 5 }],
      ["403", "403 Blocked", "The person has blocked the bot, it says."],
      ["500", "500 Broken", "Telegram itself has a fault."],
      ["slow", "Takes 3 s", "The call is carried out late.", { seconds: 3 }],
      ["timeout", "Answer is lost", "The call is carried out, and its answer never comes."],
      ["decoration_refused", "Refuses its menu", "Commands and descriptions of the bot are refused."],
    ],
  },
];

function waiting({ path }, kind) {
  const faults = path === TELEGRAM ? state.telegramFaults : state.faults;
  const left = (fault) => fault.remaining ?? fault.count;
  return faults.filter((each) => each.kind === kind).reduce((sum, each) => sum + left(each), 0);
}

function draw() {
  const groups = GROUPS.filter((group) => state.withTelegram || !group.telegramOnly);
  const shown = groups.map((group) => ({
    ...group,
    tiles: group.tiles.map(([kind, name, meaning, more]) => ({
      kind, name, meaning, more, left: waiting(group, kind),
    })),
  }));
  match($("faults"), shown, { key: (group) => group.title, build: groupOf });
  $("flood-limits").setAttribute("aria-checked", String(state.hasFloodLimits));
  $("clear-faults").disabled = !shown.some((group) => group.tiles.some((tile) => tile.left));
}

function groupOf(group) {
  return element(
    "div",
    { role: "group", "aria-label": group.title },
    element("h3", {}, group.title),
    element("div", { class: "tiles" }, ...group.tiles.map((tile) => tileOf(group, tile))),
  );
}

function tileOf({ path }, { kind, name, meaning, more, left }) {
  const made = element(
    "button",
    {
      type: "button",
      testid: `fault-${kind}`,
      title: meaning,
      "aria-pressed": String(left > 0),
      onclick: () => attempt(() => turn(path, kind, { more, isOn: left > 0 }), made),
    },
    name,
    element("span", { class: "armed" }, armed(left)),
  );
  return made;
}

// How many more times it will go wrong.
function armed(left) {
  if (!left) return "";
  return left > ALWAYS / 2 ? "∞" : `${left}×`;
}

async function turn(path, kind, { more, isOn }) {
  const count = Number(document.querySelector("input[name='times']:checked").value);
  if (isOn) await remove(`${path}?kind=${kind}`);
  else await post(path, { kind, count, ...more });
  await refresh(["phones", "telegram"]);
}

export function setUpFaults() {
  watch(["phones", "telegram", "exchanges"], draw);
  $("flood-limits").addEventListener("click", () =>
    attempt(async () => {
      await post("/api/telegram/flood-limits", { on: !state.hasFloodLimits });
      await refresh(["telegram"]);
    }, $("flood-limits")),
  );
  $("clear-faults").addEventListener("click", () =>
    attempt(async () => {
      await remove(SAFARICOM);
      if (state.withTelegram) await remove(TELEGRAM);
      await refresh(["phones", "telegram"]);
    }, $("clear-faults")),
  );
}
