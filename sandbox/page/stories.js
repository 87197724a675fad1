// The world plays by itself: the shipped scenarios, and a demo book of a year.

import { $, attempt, element, ifThere, match, post } from "./common.js";
import { become, refresh, state, watch } from "./state.js";
import { show } from "./view.js";

let wasPlaying = false;
let isFollowed = false; // the page turns to whose phone is asked, until one turns to somebody else

function drawScenarios(items) {
  match($("scenarios"), items, {
    key: (item) => item.name,
    build: (item) => {
      const play = element(
        "button",
        {
          type: "button",
          testid: `play-${item.name}`,
          "aria-label": `Play: ${item.title}`,
          onclick: () => attempt(() => beginScenario(item), play),
        },
        "Play",
      );
      return element(
        "li",
        {},
        element("strong", {}, item.title),
        element("p", { class: "faint" }, item.description),
        play,
      );
    },
  });
}

// What is played is seen on the desk, so that is where one looks.
async function begin(path) {
  await post(path);
  if (state.withTelegram) show("chat");
  scrollTo({ top: 0 });
  await refresh(["play"]);
}

async function beginScenario({ name }) {
  await begin(`/api/scenarios/${name}/play`);
  isFollowed = true;
  follow(); // Somebody may have been asked by now.
}

function follow() {
  const asked = state.phones.find((phone) => phone.prompt);
  if (!isFollowed || !asked || asked.phoneNumber === state.chosen?.number) return;
  const person = state.people.find((each) => each.phoneNumber === asked.phoneNumber);
  become(person ?? { id: null, phoneNumber: asked.phoneNumber }).catch(() => {});
}

function draw() {
  if (!state.play) return;
  const { state: how, title, step, of, message } = state.play;
  const isPlaying = how === "playing";
  // How an earlier play ended is no news to whoever opens the page.
  if (isPlaying) $("playing").hidden = false;
  else if (!wasPlaying) return;
  wasPlaying ||= isPlaying;
  const words = { playing: title, done: `${title}: done`, failed: `${title}: failed` };
  $("play-title").textContent = words[how] ?? title;
  $("play-note").textContent = message;
  $("play-note").classList.toggle("note", how === "failed");
  Object.assign($("play-progress"), { max: of || 1, value: how === "done" ? of || 1 : step });
  isFollowed &&= isPlaying;
  $("play-close").disabled = isPlaying;
  for (const button of $("stories").querySelectorAll("button")) button.disabled = isPlaying;
}

export async function setUpStories() {
  watch(["play"], draw);
  watch(["phones"], follow);
  $("people").addEventListener("click", () => (isFollowed = false));
  $("play-close").addEventListener("click", () => {
    wasPlaying = false;
    $("playing").hidden = true;
  });
  $("demo-book").addEventListener("click", () =>
    attempt(() => begin("/api/demo-book"), $("demo-book")),
  );
  const scenarios = await ifThere("/api/scenarios");
  const isHere = Boolean(scenarios?.items.length);
  for (const id of ["stories", "demo-book", "demo-book-note"]) $(id).hidden = !isHere;
  drawScenarios(scenarios?.items ?? []);
  await refresh(["play"]);
}
