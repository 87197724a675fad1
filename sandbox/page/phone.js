// The right device: the chosen person's phone with its SIM card.

import { $, attempt, clockTime, count, day, element, kes, ksh, match, post } from "./common.js";
import { chosenPhone, refresh, state, watch, worldNow } from "./state.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "C"];
const NAMES = { "⌫": "Delete the last digit", C: "Clear" };
const NOTICE_MS = 6000;

let shownPrompt = null;
let knownSms = { number: null, newest: null };

const path = (rest = "") => `/api/phones/${state.chosen.number}${rest}`;

function draw() {
  const phone = chosenPhone();
  $("phone").hidden = !phone;
  if (!phone) return;
  $("phone-title").textContent = phone.name.startsWith("+") ? "A phone" : `${phone.name}'s phone`;
  $("phone-number").textContent = `+${phone.phoneNumber}`;
  $("phone-on").setAttribute("aria-checked", String(phone.on));
  $("phone-on").textContent = phone.on ? "Phone is on" : "Phone is off";
  $("handset").classList.toggle("is-off", !phone.on);
  $("balance").textContent = kes(phone.balanceKes);
  drawPrompt(phone);
  drawTimeLeft();
  drawInbox(phone);
}

function drawPrompt({ prompt, pin, on }) {
  $("prompt").hidden = !prompt || !on;
  $("no-prompt").hidden = Boolean(prompt);
  $("prompt-note").hidden = !prompt;
  $("home").inert = Boolean(prompt);
  for (const button of document.querySelectorAll(".hand [data-answer]")) button.disabled = !prompt;
  if (!prompt) {
    shownPrompt = null;
    $("prompt-news").textContent = "";
    return;
  }
  $("prompt-amount").textContent = ksh(prompt.amountKes);
  $("prompt-business").textContent = prompt.business;
  $("prompt-account").textContent = prompt.account;
  $("prompt-account-part").hidden = !prompt.account;
  $("prompt-description").textContent = prompt.description;
  $("pin-hint").textContent = `The PIN is ${pin}.`;
  if (shownPrompt !== prompt.checkoutRequestId) {
    setPin("");
    $("prompt-news").textContent = `M-PESA asks this phone for ${ksh(prompt.amountKes)}.`;
  }
  shownPrompt = prompt.checkoutRequestId;
}

export function drawTimeLeft() {
  $("phone-time").textContent = clockTime(worldNow());
  const prompt = chosenPhone()?.prompt;
  if (!prompt) return;
  const left_s = Math.max(0, Math.floor((new Date(prompt.expiresAt) - worldNow()) / 1000));
  $("prompt-left").textContent = count(left_s, "second");
}

function drawInbox({ sms: messages, phoneNumber }) {
  $("no-sms").hidden = messages.length > 0;
  const newestFirst = messages.map((sms, index) => ({ ...sms, index })).reverse();
  match($("sms"), newestFirst, {
    key: (sms) => `${sms.at} ${sms.index}`,
    build: (sms) =>
      element(
        "li",
        { testid: "sms-item" },
        element("span", { class: "faint" }, `M-PESA · ${day(sms.at)}, ${clockTime(sms.at)}`),
        element("p", {}, sms.text),
      ),
  });
  announce(phoneNumber, messages.at(-1));
}

// A new SMS drops in at the top of the screen; one that was there when the page opened does not.
function announce(number, newest) {
  if (knownSms.number !== number) $("notice").replaceChildren();
  const isNew = knownSms.number === number && newest && newest.at !== knownSms.newest;
  knownSms = { number, newest: newest?.at ?? null };
  if (!isNew) return;
  const notice = $("notice");
  notice.replaceChildren(element("strong", {}, "M-PESA"), newest.text);
  setTimeout(() => {
    if (notice.textContent.endsWith(newest.text)) notice.replaceChildren();
  }, NOTICE_MS);
}

// ---- answering

export async function answer(action, pin) {
  await post(path("/answer"), pin ? { action, pin } : { action });
  await refresh(["phones", "telegram"]);
}

export function setPin(digits) {
  $("pin").value = digits.slice(0, 4);
  $("stk-send").disabled = $("pin").value.length < 4;
}

function pressKey(key) {
  const typed = $("pin").value;
  if (key === "⌫") setPin(typed.slice(0, -1));
  else if (key === "C") setPin("");
  else setPin(typed + key);
}

function buildPad() {
  const keys = KEYS.map((key) =>
    element(
      "button",
      { type: "button", "data-key": key, "aria-label": NAMES[key], onclick: () => pressKey(key) },
      key,
    ),
  );
  $("pin-pad").replaceChildren(...keys);
}

async function change(changes) {
  await post(path(), changes);
  await refresh(["phones"]);
}

export function setUpPhone() {
  buildPad();
  setPin("");
  watch(["phones", "clock"], draw);
  $("pin").addEventListener("input", () => setPin($("pin").value.replace(/\D/g, "")));
  $("pin-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => answer("pay", $("pin").value), $("stk-send"));
  });
  for (const button of document.querySelectorAll("[data-answer]")) {
    button.addEventListener("click", () => attempt(() => answer(button.dataset.answer), button));
  }
  $("phone-on").addEventListener("click", () =>
    attempt(() => change({ on: !chosenPhone().on }), $("phone-on")),
  );
  $("balance-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      await change({ balanceKes: Number($("balance-input").value) });
      $("balance-details").open = false;
    }, event.submitter);
  });
}
