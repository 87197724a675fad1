// Small helpers: elements, the sandbox's JSON, formats.

export const $ = (id) => document.getElementById(id);

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "onclick") made.addEventListener("click", value);
    else if (name === "testid") made.dataset.testid = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Whoever wants no motion is not kept waiting by any either.
export const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);
export const remove = (path) => ask("DELETE", path);

// What a sandbox does not have it answers with 404: null.
export async function ifThere(path) {
  try {
    return await get(path);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

async function ask(method, path, body) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) }).catch(
    () => {
      throw new Error("The sandbox does not answer. Is its program running?");
    },
  );
  if (!response.ok) throw await refusalOf(response);
  return response.status === 204 ? null : response.json();
}

async function refusalOf(response) {
  const refusal = new Error(`The sandbox answered ${response.status}.`);
  refusal.status = response.status;
  try {
    const { error, description } = await response.json();
    const reason = error?.message ?? error ?? description;
    if (typeof reason === "string") refusal.message = reason;
  } catch {
    // An answer that is no JSON says no more than its status.
  }
  return refusal;
}

// Make the children of `container` match `items`, rebuilding only those whose `shape` changed:
// what is focused or being read stays where it is.
export function match(container, items, { key, build, shape = JSON.stringify }) {
  const kept = new Set(items.map((item) => String(key(item))));
  // First of all: what is moved, though only to the same place, loses the focus.
  for (const child of [...container.children]) if (!kept.has(child.dataset.key)) child.remove();
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  let place = container.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const wanted = shape(item);
    let child = old.get(name);
    if (!child || child.shape !== wanted) {
      const fresh = build(item, child);
      fresh.dataset.key = name;
      fresh.shape = wanted;
      if (child) {
        keepFocus(child, fresh);
        if (place === child) place = fresh;
        child.replaceWith(fresh);
      }
      child = fresh;
    }
    if (child === place) place = place.nextElementSibling;
    else container.insertBefore(child, place);
  }
}

// What is rebuilt keeps the keyboard user's place among its buttons.
function keepFocus(old, made) {
  if (!old.contains(document.activeElement)) return;
  const index = [...old.querySelectorAll("button")].indexOf(document.activeElement);
  const buttons = made.querySelectorAll("button");
  const next = buttons[Math.min(index, buttons.length - 1)] ?? $("text");
  requestAnimationFrame(() => next?.focus({ preventScroll: true }));
}

export const kes = (amount) => `KES ${amount.toLocaleString("en-KE")}`;
export const ksh = (amount) => `Ksh${amount.toLocaleString("en-KE", { minimumFractionDigits: 2 })}`;
export const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
export const international = (typed) => typed.replace(/[\s+()-]/g, "").replace(/^0/, "254");

const inKenya = (parts) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: "Africa/Nairobi", ...parts });
const CLOCK = inKenya({ hour: "2-digit", minute: "2-digit" });
const DAY = inKenya({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const SHORT_DAY = inKenya({ day: "numeric", month: "short" });

export const clockTime = (instant) => CLOCK.format(new Date(instant));
export const day = (instant) => DAY.format(new Date(instant));
export const shortDay = (instant) => SHORT_DAY.format(new Date(instant));

export function toast(text) {
  const shown = element("p", { testid: "toast" }, text);
  $("toasts").append(shown);
  setTimeout(() => shown.remove(), 5000);
}

export function alertBox(text) {
  $("alert-text").textContent = text;
  if (!$("alert").open) $("alert").showModal();
}

// Run what a click started; a refusal is told, not swallowed. A second click waits for the first,
// and counts if the button can still be pressed then: nobody sees whether a button is busy. Only
// a double click is one click.
export async function attempt(action, button = null) {
  if (button && running.has(button)) {
    if (clicks > 1 || waiting.has(button)) return undefined;
    waiting.add(button);
    await running.get(button);
    waiting.delete(button);
    if (button.disabled || !button.checkVisibility()) return undefined;
  }
  const run = carryOut(action, button);
  if (button) running.set(button, run);
  return run;
}

async function carryOut(action, button) {
  button?.setAttribute("aria-busy", "true");
  try {
    return await action();
  } catch (error) {
    toast(error.message);
    return undefined;
  } finally {
    button?.removeAttribute("aria-busy");
    running.delete(button);
  }
}

const running = new Map(); // button -> the promise of what it started
const waiting = new Set();
let clicks = 0; // of the latest click: 2 for the second half of a double click
addEventListener("click", (event) => (clicks = event.detail), true);

// Whoever has the mouse's button down on a control is about to press it: what is redrawn now
// would be gone before the click is whole.
export const released = () => press;

const CONTROLS = "a, button, label, select, summary"; // a scrollbar that is let go tells nobody
const HELD_MS = 60_000; // at most: it may be let go where no page is told
let press = Promise.resolve();
addEventListener("pointerdown", ({ target }) => {
  if (!target.closest?.(CONTROLS)) return;
  const up = new Promise((done) => {
    const end = () => setTimeout(done); // The click itself comes after it.
    addEventListener("pointerup", end, { once: true, capture: true });
    addEventListener("pointercancel", end, { once: true, capture: true });
  });
  press = Promise.race([up, pause(HELD_MS)]);
}, true);
