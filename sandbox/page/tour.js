// The guided tour: from nothing to the first paid bill. It looks at the world to know how far one
// is, so that whoever does a step by hand, reloads or restarts is met where he stands.

import { $, attempt, element, get } from "./common.js";
import { state, watch } from "./state.js";
import { STEPS, finale } from "./tour_steps.js";

const LOOKED_AT = 40; // messages of a chat

const seen = { owner: null, client: null, ownerChat: [], clientChat: [], clientPhone: null };
let isOn = false;
let isActing = false;
let pointedAt = null;

// ---- where one is

async function look() {
  const [owner, client] = state.people;
  if (!owner || !client) return false;
  const chatOf = async (person) =>
    (await get(`/api/telegram/people/${person.id}/chat?last=${LOOKED_AT}`)).messages;
  const [ownerChat, clientChat] = await Promise.all([chatOf(owner), chatOf(client)]);
  const clientPhone = state.phones.find((each) => each.phoneNumber === client.phoneNumber) ?? null;
  Object.assign(seen, { owner, client, ownerChat, clientChat, clientPhone });
  return true;
}

// The step behind the last one that is done.
const currentStep = () => STEPS.findLastIndex((step) => step.isDone(seen)) + 1;

// ---- drawing

async function draw() {
  if (!isOn || isActing) return;
  await lookAndShow(() => isOn && !isActing);
}

async function lookAndShow(isStillWanted) {
  try {
    if (!(await look())) return;
  } catch {
    return; // The page reconnects and draws again.
  }
  if (!isStillWanted()) return;
  const index = currentStep();
  show(STEPS[index] ?? finale, index);
}

function show(step, index) {
  $("tour").hidden = false;
  const isOver = step === finale;
  $("tour-progress").replaceChildren(
    ...STEPS.map((_, each) => element("i", { class: each < index ? "done" : "" })),
  );
  write($("tour-step"), isOver ? "The tour is over" : `Step ${index + 1} of ${STEPS.length}`);
  write($("tour-title"), step.title(seen));
  write($("tour-text"), step.text(seen));
  write($("tour-do"), step.label(seen));
  write($("tour-skip"), isOver ? "Close" : "Skip the tour");
  $("tour-do").dataset.step = String(index + 1);
  pointAt(step.target?.(seen) ?? null);
}

// Only what changes is written: a screen reader reads it once.
function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// On a narrow screen the control may be behind a tab.
function reachable(target) {
  if (!target || target.offsetParent) return target;
  const view = target.closest("#phone") ? "phone" : target.closest("#chat") ? "chat" : "world";
  return document.querySelector(`.tabs [data-show="${view}"]`);
}

function pointAt(wanted) {
  const target = reachable(wanted);
  if (target === pointedAt && target?.hasAttribute("data-tour-target")) return;
  pointedAt?.removeAttribute("data-tour-target");
  pointedAt = target;
  target?.setAttribute("data-tour-target", "");
}

// ---- acting

async function act() {
  const index = currentStep();
  const step = STEPS[index] ?? finale;
  isActing = true;
  pointAt(null);
  $("tour-do").disabled = true;
  try {
    await step.act(seen);
  } finally {
    // The next step is not offered before this one's press is over: a press on it would be lost.
    if (step === finale) end();
    else await lookAndShow(() => isOn);
    isActing = false;
    $("tour-do").disabled = false;
    $(step === finale ? "text" : "tour-do").focus({ preventScroll: true });
  }
}

async function begin() {
  isOn = true;
  remember("on");
  await draw();
}

function end() {
  isOn = false;
  remember("off");
  pointAt(null);
  $("tour").hidden = true;
}

function remember(what) {
  try {
    localStorage.setItem("tour", what);
  } catch {
    // Without storage it is offered again at the next visit.
  }
}

// A world in which nobody has said anything is a newcomer's: he is offered the tour.
function isWanted() {
  let remembered = null;
  try {
    remembered = localStorage.getItem("tour");
  } catch {
    remembered = null;
  }
  const isNewWorld = !state.people.some((person) => person.started);
  return remembered === "on" || (isNewWorld && remembered !== "off");
}

export async function beginTourIfWanted() {
  if (isWanted()) await begin();
}

export function setUpTour() {
  $("tour-begin").hidden = false;
  watch(["telegram", "phones", "clock"], draw);
  $("tour-begin").addEventListener("click", () => attempt(begin, $("tour-begin")));
  $("tour-skip").addEventListener("click", () => {
    end();
    $("tour-begin").focus();
  });
  $("tour-do").addEventListener("click", () => attempt(act, $("tour-do")));
}
