// What the page knows, and the one way to know more: fetch a topic again.

import { get, ifThere, pause, released } from "./common.js";
import { keepingFocus } from "./focus.js";

const FIRST_SHOWN = 60;
const MORE_SHOWN = 150;
const STORM_MS = 100;

export const TOPICS = ["telegram", "phones", "clock", "exchanges", "play"];

export const state = {
  withTelegram: true,
  withTour: false,
  bot: null,
  people: [],
  groups: [],
  hasFloodLimits: false,
  phones: [],
  chat: null,
  shown: FIRST_SHOWN, // how many messages of the chat are fetched
  clock: null,
  month: { running: false, day: 0, of: 30 },
  skewMs: 0,
  faults: [],
  telegramFaults: [],
  exchanges: [],
  play: null, // how far a scenario is; null where none can be played
  chosen: null, // { id, number, group }: id is null for a phone without Telegram, and group where
  // the person is in his own chat with the bot
};

const watchers = [];
const wanted = new Set();
let nextRound = null; // the one that has not begun
let lastRound = Promise.resolve();
let begunAt = -Infinity;

// Draw when one of these topics was fetched.
export const watch = (topics, draw) => watchers.push({ topics, draw });
export const worldNow = () => new Date(Date.now() + state.skewMs);

export const chosenPerson = () =>
  state.people.find((person) => person.id === state.chosen?.id) ?? null;
export const chosenGroup = () =>
  state.groups.find((group) => group.id === state.chosen?.group) ?? null;
export const chosenPhone = () =>
  state.phones.find((phone) => phone.phoneNumber === state.chosen?.number) ?? null;

export async function become(person, group = null) {
  const chosen = { id: person.id, number: person.phoneNumber, group };
  const isSame = Object.keys(chosen).every((each) => state.chosen?.[each] === chosen[each]);
  if (!isSame) Object.assign(state, { chat: null, shown: FIRST_SHOWN });
  if (!isSame) state.chosen = chosen;
  try {
    sessionStorage.setItem("chosen", JSON.stringify(chosen));
  } catch {
    // Without storage a reload merely begins with the first person.
  }
  if (!isSame) redraw(["telegram", "phones"]); // Nothing is pressed in somebody else's name.
  await refresh(["telegram", "phones"]);
}

export function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem("chosen"));
  } catch {
    return null;
  }
}

export async function showEarlier() {
  state.shown += MORE_SHOWN;
  await refresh(["telegram"]);
}

const chatPath = ({ id, group }) =>
  group
    ? `/api/telegram/groups/${group}/chat`
    : `/api/telegram/people/${id}/chat?last=${state.shown}`;

const FETCHERS = {
  async telegram() {
    if (!state.withTelegram) return;
    const { chosen } = state;
    const [{ bot, people, groups, floodLimits }, { faults }, chat] = await Promise.all([
      get("/api/telegram"),
      get("/api/telegram/faults"),
      chosen?.id ? get(chatPath(chosen)) : null,
    ]);
    const news = { bot, people, groups, hasFloodLimits: floodLimits, telegramFaults: faults };
    Object.assign(state, news);
    if (chat && state.chosen === chosen) state.chat = chat;
  },
  async phones() {
    [state.phones, state.faults] = await Promise.all([get("/api/phones"), get("/api/faults")]);
  },
  async clock() {
    const [clock, month] = await Promise.all([get("/api/clock"), get("/api/clock/run")]);
    Object.assign(state, { clock, month, skewMs: new Date(clock.now) - Date.now() });
  },
  async exchanges() {
    const last = state.exchanges.at(-1)?.id ?? 0;
    const fresh = get(`/api/exchanges?after=${last}`);
    state.faults = await get("/api/faults"); // A call may have used one up.
    state.exchanges = [...state.exchanges, ...(await fresh)].slice(-200);
  },
  async play() {
    state.play = await ifThere("/api/play");
  },
};

// What is asked for during a fetch is fetched by the next round, all at once: nothing old wins, and
// a storm of changes is a few rounds a second. The promise is that of the round one asked for.
export function refresh(topics) {
  topics.forEach((topic) => wanted.add(topic));
  if (wanted.has("telegram")) wanted.add("clock"); // What is said may move the next billing day.
  if (!nextRound) lastRound = nextRound = fetchAfter(lastRound);
  return nextRound;
}

async function fetchAfter(before) {
  await before.catch(() => {});
  await pause(Math.max(0, begunAt + STORM_MS - performance.now()));
  begunAt = performance.now();
  nextRound = null;
  const topics = [...wanted];
  wanted.clear();
  await Promise.all(topics.map((topic) => FETCHERS[topic]?.()));
  await released();
  redraw(topics);
}

export function redraw(topics = TOPICS) {
  keepingFocus(() => {
    for (const watcher of watchers) {
      if (watcher.topics.some((topic) => topics.includes(topic))) watcher.draw();
    }
  });
}
