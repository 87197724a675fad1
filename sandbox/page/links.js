// Links in the chat: invitations open as the person they were forwarded to.

import { $, attempt, element, post } from "./common.js";
import { become, state } from "./state.js";
import { show } from "./view.js";

const HTTP_LINK = /https?:\/\/[^\s<>"']+/g;

export function openLink(text) {
  const url = parsed(text);
  if (!url) return;
  const forwarded = forwardedText(url);
  if (forwarded !== null) showForwarded(forwarded);
  else if (isInvitation(url)) askWho([url.href], "Who opens this link?");
  else window.open(url.href, "_blank", "noopener,noreferrer");
}

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

export function isInvitation(url) {
  const bot = (state.bot?.username ?? "").toLowerCase();
  if (url.protocol === "tg:") return (url.searchParams.get("domain") ?? "").toLowerCase() === bot;
  const isTelegram = ["t.me", "www.t.me", "telegram.me"].includes(url.hostname);
  return isTelegram && url.pathname.slice(1).split("/")[0].toLowerCase() === bot;
}

// What WhatsApp, an SMS or Telegram's own "share" would send on; null for any other link.
function forwardedText(url) {
  const sent = url.searchParams;
  if (["wa.me", "api.whatsapp.com"].includes(url.hostname)) return sent.get("text") ?? "";
  if (url.hostname === "t.me" && url.pathname === "/share/url") {
    return [sent.get("text"), sent.get("url")].filter(Boolean).join("\n");
  }
  return null;
}

function showForwarded(text) {
  const links = (text.match(HTTP_LINK) ?? []).filter((link) => isInvitation(new URL(link)));
  askWho(links, text || "There is no text in this message.");
}

function askWho(links, text) {
  $("link-text").textContent = text;
  const others = state.people.filter((person) => person.id !== state.chosen?.id);
  const everybody = [...others, ...state.people.filter((each) => each.id === state.chosen?.id)];
  const choices = links.length ? everybody.map((person) => openAs(links[0], person)) : [];
  choices[0]?.classList.add("primary");
  $("link-people").replaceChildren(...choices);
  $("link").showModal();
}

function openAs(url, person) {
  const open = () => attempt(() => openLinkAs(url, person));
  const label = `Open the invitation as ${person.firstName}`;
  return element("button", { testid: `open-as-${person.id}`, onclick: open }, label);
}

export async function openLinkAs(url, person) {
  await post(`/api/telegram/people/${person.id}/links`, { url });
  await become(person);
  show("chat");
}
