// Who one is: the persons of the world, and phones without Telegram.

import { $, attempt, clockTime, day, element, international, match, post, shortDay } from "./common.js";
import { become, chosenPerson, state, watch, worldNow } from "./state.js";
import { isChatSeen } from "./view.js";

const MANY = 8; // more people than that are searched, not looked over
const COLOURS = 6;

let shownChoice = null;

function holders() {
  const prompted = new Set(state.phones.filter((each) => each.prompt).map((each) => each.phoneNumber));
  const known = new Set(state.people.map((person) => person.phoneNumber));
  const strangers = state.phones
    .filter((phone) => !known.has(phone.phoneNumber))
    .map(({ name, phoneNumber }) => ({ id: null, firstName: name, phoneNumber, unread: 0 }));
  return [...state.people, ...strangers].map((holder) => {
    const isChosen = !state.chosen?.group && isSame(holder, state.chosen);
    return {
      ...holder,
      hasPrompt: prompted.has(holder.phoneNumber),
      isChosen,
      unread: isChosen && isChatSeen() ? 0 : holder.unread, // It is being read.
    };
  });
}

const isSame = ({ id, phoneNumber }, chosen) => id === chosen?.id && phoneNumber === chosen?.number;

function wanted(holder) {
  const typed = $("people-filter").value.trim().toLowerCase();
  const text = `${holder.firstName} ${holder.phoneNumber} 0${holder.phoneNumber.slice(3)}`;
  return !typed || holder.isChosen || text.toLowerCase().includes(typed);
}

function personItem(person) {
  const choose = () => attempt(() => become(person));
  return element(
    "li",
    {},
    element(
      "button",
      {
        type: "button",
        title: person.firstName,
        testid: person.id ? `person-${person.id}` : `phone-${person.phoneNumber}`,
        "aria-current": person.isChosen ? "true" : undefined,
        onclick: choose,
      },
      avatar(person),
      element(
        "span",
        { class: "name" },
        element("strong", {}, person.firstName),
        element("span", { class: "faint" }, secondLine(person)),
      ),
      badges(person),
    ),
  );
}

export function avatar(person) {
  const letter = [...person.firstName.replace(/^\+254/, "")][0]?.toUpperCase() ?? "?";
  const colour = Number(person.phoneNumber.slice(-4)) % COLOURS;
  return element("span", { class: `avatar a${colour}`, "aria-hidden": "true" }, letter);
}

// The newest words of the chat, as in a chat list; before there are any, the number.
function secondLine(person) {
  if (!person.lastMessage) return `+${person.phoneNumber}`;
  const lines = person.lastMessage.split("\n").filter((line) => line.trim() && line !== "DEMO");
  return `${when(person.lastAt)} · ${lines.slice(0, 2).join(" ")}`;
}

const when = (instant) =>
  day(instant) === day(worldNow()) ? clockTime(instant) : shortDay(instant);

function badges(person) {
  const unread = person.unread
    ? element(
        "span",
        { class: "badge", testid: `unread-${person.id}`, "aria-label": `${person.unread} new` },
        person.unread > 99 ? "99+" : String(person.unread),
      )
    : null;
  const prompt = person.hasPrompt
    ? element("span", { class: "badge prompt-badge", "aria-label": "has an M-PESA prompt" }, "M")
    : null;
  return element("span", { class: "badges" }, unread, prompt);
}

function draw() {
  const all = holders();
  $("people-search").hidden = all.length <= MANY;
  match($("people"), all.filter(wanted), {
    key: (person) => person.id ?? person.phoneNumber,
    build: personItem,
  });
  drawGroups();
  revealChosen();
}

function drawGroups() {
  for (const id of ["groups-title", "groups"]) $(id).hidden = state.groups.length === 0;
  const shown = state.groups.map((group) => ({ ...group, isChosen: group.id === state.chosen?.group }));
  match($("groups"), shown, { key: (group) => group.id, build: groupItem });
}

// Who is on the phone without Telegram enters a group as its founder.
function groupItem(group) {
  const enter = () => {
    const founder = state.people.find((each) => each.id === group.memberIds[0]);
    return attempt(() => become(chosenPerson() ?? founder, group.id));
  };
  return element(
    "li",
    {},
    element(
      "button",
      {
        type: "button",
        title: group.title,
        testid: `group-${group.id}`,
        "aria-current": group.isChosen ? "true" : undefined,
        onclick: enter,
      },
      element("span", { class: "avatar a4", "aria-hidden": "true" }, "👥"),
      element(
        "span",
        { class: "name" },
        element("strong", {}, group.title),
        element("span", { class: "faint" }, secondLine(group)),
      ),
    ),
  );
}

// The list scrolls, on a narrow screen sideways.
function revealChosen() {
  const item = $("people").querySelector("[aria-current]")?.closest("li");
  if (!item || shownChoice === item.dataset.key) return;
  shownChoice = item.dataset.key;
  const list = item.closest(".people").scrollWidth > innerWidth ? item.closest(".people") : $("people");
  list.scrollLeft = item.offsetLeft - 8;
  if (item.offsetTop < list.scrollTop || item.offsetTop > list.scrollTop + list.clientHeight - 70) {
    list.scrollTop = item.offsetTop - 70;
  }
}

async function addPerson() {
  const person = await post("/api/telegram/people", {
    firstName: $("first-name").value.trim(),
    phoneNumber: international($("person-phone").value),
    languageCode: $("language").value,
  });
  $("newcomer").close();
  $("person-form").reset();
  await become(person);
}

export function setUpPeople() {
  watch(["telegram", "phones"], draw);
  $("people-filter").addEventListener("input", draw);
  $("add-person").addEventListener("click", () => {
    $("person-error").textContent = "";
    $("newcomer").showModal();
  });
  $("person-form").addEventListener("submit", (event) => {
    event.preventDefault();
    addPerson().catch((error) => ($("person-error").textContent = error.message));
  });
}
