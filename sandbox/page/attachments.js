// What a person sends besides words, from the menu beside the field.

import { $, attempt, international } from "./common.js";
import { chosenPerson } from "./state.js";

const STICKER = { sticker: { emoji: "👍" } };
const VOICE = { voice: { durationS: 4 } };

let pickedKind = "document";

export function setUpAttachments(send) {
  $("send-sticker").addEventListener("click", () => attempt(() => send(STICKER), $("send-sticker")));
  $("send-voice").addEventListener("click", () => attempt(() => send(VOICE), $("send-voice")));
  $("send-picture").addEventListener("click", () => pick("photo", "image/png,image/jpeg"));
  $("send-file").addEventListener("click", () => pick("document", ""));
  $("picked").addEventListener("change", () => attempt(() => sendPicked(send)));
  setUpContact(send);
}

// ---- contacts

export function askForContact() {
  $("menu").open = false;
  const person = chosenPerson();
  $("contact-own").textContent = `My own: ${person.firstName}, +${person.phoneNumber}`;
  $("contact-form").reset();
  $("contact").showModal();
}

function setUpContact(send) {
  const share = (contact) => {
    $("contact").close();
    return attempt(() => send({ contact }));
  };
  $("share-contact").addEventListener("click", askForContact);
  $("contact-own").addEventListener("click", () => share({ own: true }));
  $("contact-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const phoneNumber = international($("contact-number").value);
    share({ firstName: $("contact-name").value.trim(), phoneNumber });
  });
}

// ---- files

function pick(kind, types) {
  pickedKind = kind;
  Object.assign($("picked"), { accept: types, value: "" });
  $("picked").click();
}

async function sendPicked(send) {
  const [file] = $("picked").files;
  if (file) await send({ [pickedKind]: { name: file.name, base64: await base64Of(file) } });
}

function base64Of(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(reader.result.split(",")[1]));
    reader.addEventListener("error", () => failed(new Error("That file cannot be read.")));
    reader.readAsDataURL(file);
  });
}
