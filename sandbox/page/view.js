// On a narrow screen one of three things is seen at a time: the chat, the phone, the world.

import { $, count } from "./common.js";
import { chosenPhone, redraw, state, watch } from "./state.js";

const NARROW = matchMedia("(max-width: 900px)");
const buttons = () => document.querySelectorAll(".tabs button");

export const isChatSeen = () =>
  !document.hidden && (!NARROW.matches || document.body.dataset.view === "chat");
export const isNarrow = () => NARROW.matches;

export function show(view) {
  document.body.dataset.view = view;
  for (const button of buttons()) {
    if (button.dataset.show === view) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  if (NARROW.matches) scrollTo(0, 0);
  redraw(["telegram", "phones"]);
}

function drawBadges() {
  const unread = state.people.reduce((sum, person) => sum + person.unread, 0);
  $("tab-unread").hidden = unread === 0;
  $("tab-unread").textContent = String(unread);
  $("tab-unread").setAttribute("aria-label", `${count(unread, "new message")}`);
  $("tab-prompt").hidden = !chosenPhone()?.prompt;
}

export function setUpView() {
  for (const button of buttons()) {
    button.addEventListener("click", () => show(button.dataset.show));
  }
  document.addEventListener("visibilitychange", () => redraw(["telegram"]));
  watch(["telegram", "phones"], drawBadges);
  show(state.withTelegram ? "chat" : "phone");
}
