// The clock of this world, and the month that runs by itself.

import { $, attempt, clockTime, count, day, post, remove } from "./common.js";
import { refresh, state, watch, worldNow } from "./state.js";

const DAY_S = 86_400;

function draw() {
  if (!state.clock) return;
  drawTime();
  $("to-billing").hidden = !state.clock.canFindBillingDay;
  $("offset").textContent = ahead(state.clock.offsetS);
  $("next-billing").textContent = nextBilling(state.clock);
  drawMonth(state.month);
}

export function drawTime() {
  if (!state.clock) return;
  const now = worldNow();
  $("local-time").dateTime = now.toISOString();
  $("local-time").textContent = `${day(now)}, ${clockTime(now)}`;
}

function ahead(offset_s) {
  if (offset_s < 60) return "Kenyan time, as your own clock has it";
  const days = Math.floor(offset_s / DAY_S);
  const hours = Math.floor((offset_s % DAY_S) / 3600);
  const parts = [days && count(days, "day"), hours && count(hours, "hour")].filter(Boolean);
  return `Kenyan time, ${parts.join(" and ") || "minutes"} ahead of your clock`;
}

function nextBilling({ canFindBillingDay, nextBillingAt }) {
  if (!canFindBillingDay) return "";
  if (!nextBillingAt) return "Nobody is being billed just now.";
  if (new Date(nextBillingAt) <= worldNow()) return "Billing is due now.";
  return `Next billing: ${day(nextBillingAt)}`;
}

function drawMonth({ running, day: gone, of, complaint }) {
  // A press that is on its way is waited for: the next one, meant for a new label, would be lost.
  if ($("month").getAttribute("aria-busy")) return;
  if (complaint) $("clock-note").textContent = complaint;
  $("month").textContent = running ? `Stop at day ${gone}` : "Run a month";
  $("month").classList.toggle("danger", running);
  $("month-phones").disabled = running;
  Object.assign($("month-progress"), { max: of || 30, value: running ? gone : 0 });
  const isPlaying = state.play?.state === "playing";
  $("month").disabled = isPlaying;
  for (const button of document.querySelectorAll(".clock-buttons button")) {
    button.disabled = running || isPlaying;
  }
}

export async function skip(request) {
  $("clock-note").textContent = "";
  const before = state.clock.offsetS;
  try {
    const clock = await post("/api/clock", request);
    if (clock.offsetS === before) $("clock-note").textContent = "Billing is due already.";
  } catch (error) {
    $("clock-note").textContent = error.message;
  }
  await refresh(["clock", "phones", "telegram"]);
}

async function runOrStop() {
  $("clock-note").textContent = "";
  if (state.month.running) await remove("/api/clock/run");
  else await post("/api/clock/run", { days: 30, phones: $("month-phones").value });
  await refresh(["clock"]);
}

export function setUpClock() {
  watch(["clock", "play"], draw);
  for (const button of document.querySelectorAll("[data-advance]")) {
    const advanceS = Number(button.dataset.advance);
    button.addEventListener("click", () => attempt(() => skip({ advanceS }), button));
  }
  $("to-billing").addEventListener("click", () =>
    attempt(() => skip({ toNextBillingDay: true }), $("to-billing")),
  );
  $("month-form").addEventListener("submit", (event) => {
    event.preventDefault();
    // A second press was meant for the label of the first.
    if (!$("month").getAttribute("aria-busy")) attempt(runOrStop, $("month")).finally(draw);
  });
}
