// The page on which one plays the owner and the clients.
//
// Each part of it is a module that draws itself when what it shows was fetched anew (state.js).
// Hooks for tests are `data-testid`s; inline buttons have `data-kind` and `data-callback`, too.

import { drawTyping, setUpChat } from "./chat.js";
import { drawTime, setUpClock } from "./clock.js";
import { $, attempt, get, toast } from "./common.js";
import { setUpFaults } from "./faults.js";
import { setUpInline } from "./inline.js";
import { setUpLog } from "./log.js";
import { setUpPeople } from "./people.js";
import { drawTimeLeft, setUpPhone } from "./phone.js";
import { TOPICS, become, refresh, remembered, state } from "./state.js";
import { setUpStories } from "./stories.js";
import { beginTourIfWanted, setUpTour } from "./tour.js";
import { setUpView } from "./view.js";

async function begin() {
  const { withTelegram, withTour } = await get("/api/world");
  Object.assign(state, { withTelegram, withTour });
  for (const part of document.querySelectorAll("[data-telegram-only]")) {
    part.hidden = !withTelegram;
  }
  document.body.classList.toggle("without-telegram", !withTelegram);
  [setUpPeople, setUpPhone, setUpClock, setUpFaults, setUpLog].forEach((setUp) => setUp());
  if (withTelegram) [setUpChat, setUpInline].forEach((setUp) => setUp());
  if (withTour) setUpTour();
  setUpView();
  await refresh(TOPICS);
  await chooseFirst();
  if (withTour) await beginTourIfWanted();
  listen();
  setInterval(tick, 1000);
  document.body.dataset.ready = "true";
  await attempt(setUpStories);
}

function tick() {
  drawTime();
  drawTimeLeft();
  if (state.withTelegram) drawTyping();
}

async function chooseFirst() {
  if (state.chosen) return;
  const before = remembered();
  const phones = state.phones.map(({ phoneNumber }) => ({ id: null, phoneNumber }));
  const known = [...state.people, ...phones];
  const again = known.find((each) => each.id === before?.id && each.phoneNumber === before?.number);
  const first = again ?? known[0];
  if (first) await become(first);
}

function listen() {
  const events = new EventSource("/api/events");
  let wasLost = false;
  events.addEventListener("change", (event) => update(JSON.parse(event.data).topics));
  events.addEventListener("open", () => {
    $("connection").hidden = true;
    // Whatever changed while nobody listened: after a restart, all of it.
    if (wasLost) update(TOPICS);
    wasLost = false;
  });
  events.addEventListener("error", () => {
    wasLost = true;
    $("connection").hidden = false;
  });
}

async function update(topics) {
  try {
    await refresh(topics);
    await chooseFirst();
    $("connection").hidden = true;
  } catch {
    $("connection").hidden = false; // The stream reconnects, and then all is fetched again.
  }
}

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

begin().catch((error) => toast(error.message));
