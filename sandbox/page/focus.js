// Whoever goes by keyboard, or hears the page, goes on where he was when a control goes away.

import { $ } from "./common.js";

// By the part of the page: where one goes on when what had the focus is gone, the first that is
// seen and can be used.
const NEXT = {
  chat: ["text", "start"],
  phone: ["pin", "no-prompt"],
  stories: ["playing"],
  clock: ["month"],
  world: ["trouble-title"],
};

export function keepingFocus(draw) {
  const before = document.activeElement;
  const part = Object.keys(NEXT).find((id) => before?.closest(`#${id}`));
  draw();
  if (part) requestAnimationFrame(() => goOn(before, part));
}

function goOn(before, part) {
  const isElsewhere = ![document.body, before].includes(document.activeElement);
  if (isElsewhere || canBeUsed(before)) return;
  const next = NEXT[part].map($).find(canBeUsed);
  next?.focus({ preventScroll: true });
}

const canBeUsed = (part) => part.isConnected && part.checkVisibility() && !part.disabled && !part.closest("[inert]");
