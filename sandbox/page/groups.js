// Groups with the bot in them: who may do what there, and who said what.

import { $, attempt, count, post } from "./common.js";
import { become, chosenGroup, chosenPerson, refresh, state } from "./state.js";

const path = (rest) => `/api/telegram/people/${state.chosen.id}/groups${rest}`;

// What stands at the head of a chat, and what can be done there: `start` and `stop` are the words
// on their buttons, empty where there is nothing to begin or to end.
export function headOf(person, group, bot) {
  if (!group) return ownHead(person, bot);
  const isMember = group.memberIds.includes(person.id);
  const isFounder = group.memberIds[0] === person.id;
  const others = count(group.memberIds.length - Number(isMember), "other");
  return {
    title: group.title,
    status: `you are ${person.firstName}, with ${others}${group.hasBot ? " and the bot" : ""}`,
    start: isMember ? (isFounder && !group.hasBot ? "Put the bot back" : "") : "Join the group",
    stop: isFounder && group.hasBot ? "Remove bot" : "",
    canWrite: isMember,
  };
}

const ownHead = (person, bot) => ({
  title: bot?.name ?? "Telegram",
  status: `you are ${person.firstName}`,
  start: person.blocked ? "Unblock and restart" : person.started ? "" : "Start",
  stop: person.started && !person.blocked ? "Block bot" : "",
  canWrite: person.started && !person.blocked,
});

// The name of who wrote a message, if it is neither the bot nor oneself.
export function senderOf({ from, senderId }) {
  if (!state.chosen.group || from === "bot" || senderId === state.chosen.id) return null;
  return state.people.find((person) => person.id === senderId)?.firstName ?? "Somebody";
}

export const enterGroup = () =>
  act(chosenGroup().memberIds.includes(state.chosen.id) ? "add-bot" : "join");
export const throwBotOut = () => act("remove-bot");

async function act(deed) {
  await post(path(`/${state.chosen.group}/${deed}`));
  await refresh(["telegram"]);
}

async function makeGroup() {
  const { id } = await post(path(""), { title: $("group-title").value.trim() });
  $("new-group").close();
  await become(chosenPerson(), id);
}

export function setUpGroups() {
  $("make-group").addEventListener("click", () => {
    $("menu").open = false;
    $("group-form").reset();
    $("new-group").showModal();
  });
  $("group-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(makeGroup, event.submitter);
  });
}
