"use strict";

const root = document.documentElement;
const apiKey = root.dataset.apiKey;
const KEPT = new Set(["open", "hidden", "aria-current"]); // the script or the user sets these, not the server
let selectedRental = null;
let events = null;
root.dataset.view = "overview"; // before the first paint, so that the other sections do not flash

const byId = (id) => document.getElementById(id);

// ---- live updates: change only what differs, so that focus, selection and unsent text survive

function morph(from, to) {
  for (const { name, value } of [...to.attributes]) {
    if (!KEPT.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!KEPT.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  }
  morphChildren(from, to);
}

function morphChildren(from, to) {
  const wanted = new Set([...to.children].map((child) => child.id));
  for (const child of [...from.children]) if (child.id && !wanted.has(child.id)) child.remove();
  const known = new Map([...from.children].map((child) => [child.id, child]));
  let old = from.firstChild;
  for (const next of [...to.childNodes]) {
    const match = next.id ? known.get(next.id) : isSameKind(old, next) ? old : null;
    if (!match) {
      from.insertBefore(next, old);
      if (next.nodeType === Node.ELEMENT_NODE) next.classList.add("new");
      continue;
    }
    if (match === old) old = old.nextSibling;
    else from.insertBefore(match, old);
    if (match.nodeType === Node.ELEMENT_NODE) morph(match, next);
    else if (match.data !== next.data) match.data = next.data;
  }
  while (old) {
    const rest = old.nextSibling;
    old.remove();
    old = rest;
  }
}

function isSameKind(old, next) {
  return old && !old.id && old.nodeName === next.nodeName;
}

function update(sections) {
  const logs = [...document.querySelectorAll(".messages")].filter(isAtEnd); // before the new messages
  for (const { id, html } of sections) {
    const target = byId(id);
    const template = document.createElement("template");
    template.innerHTML = html;
    morphChildren(target, template.content);
  }
  show();
  logs.forEach(scrollToEnd);
  byId("accounts").value = apiKey;
}

function isAtEnd(log) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

function scrollToEnd(log) {
  log.scrollTop = log.scrollHeight;
}

function connect() {
  events = new EventSource(`/events${location.search}`);
  events.onopen = () => setLive("Live", "on");
  events.onerror = () => setLive("Reconnecting", "off");
  events.onmessage = (event) => update(JSON.parse(event.data));
}

function setLive(text, state) {
  if (byId("live").textContent !== text) byId("live").textContent = text;
  byId("live").dataset.state = state;
}

// ---- sections and rentals, selected by the fragment of the URL

function show() {
  const target = byId(decodeURIComponent(location.hash.slice(1)));
  const section = target?.closest("main > section");
  if (section) root.dataset.view = section.id;
  for (const link of document.querySelectorAll(".views a")) mark(link, link.hash === `#${root.dataset.view}`, "page");

  const conversations = [...document.querySelectorAll(".conversation")];
  if (target?.matches(".conversation")) selectedRental = target.id;
  if (!byId(selectedRental)) selectedRental = conversations[0]?.id;
  for (const conversation of conversations) {
    const isNew = conversation.hidden && conversation.id === selectedRental;
    conversation.hidden = conversation.id !== selectedRental;
    if (isNew) scrollToEnd(conversation.querySelector(".messages"));
  }
  for (const link of document.querySelectorAll(".threads a")) mark(link, link.hash === `#${selectedRental}`, "true");
}

function mark(link, current, value) {
  if (current) link.setAttribute("aria-current", value);
  else link.removeAttribute("aria-current");
}

function follow() {
  show();
  const target = byId(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  document.querySelector(".views [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  if (target.matches("details")) target.open = true;
  (target.querySelector("[tabindex='-1'], summary") ?? target).focus({ preventScroll: true });
  if (target.matches("section")) window.scrollTo(0, 0);
  else target.scrollIntoView({ block: "nearest" });
}

// ---- controls and API calls

async function call(method, path, body) {
  const options = { method, headers: { "X-API-KEY": apiKey } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const document = await response.json().catch(() => { throw new Error("The response is not valid JSON."); });
  if (!response.ok) throw new Error(document.error?.message ?? `The sandbox responded with status ${response.status}.`);
  return document;
}

const control = (name, body) => call("POST", `/_sandbox/${name}`, body);

const actions = {
  async top_up({ amount }) {
    const { credit } = await call("GET", "/_sandbox/credit");
    await control("credit", { credit: Math.round((credit + amount) * 10000) / 10000 });
  },
  async rent({ country, days, callback_url: callbackUrl }) {
    const { data } = await call("GET", `/numbers/rent/available/${encodeURIComponent(country)}`);
    const period = Number(days);
    const offer = data.find((candidate) => !candidate.registration && (candidate.minRent ?? 1) <= period);
    if (!offer) throw new Error(`No number in ${country} is available for ${days} days.`);
    const body = { numberId: offer.numberId, rentPeriod: period, callbackUrl };
    const { info } = await call("POST", "/numbers/rent", body);
    location.hash = `rental-${info.rentId}`;
  },
  async lookup({ phone_number: phoneNumber }) {
    await call("GET", `/numbers/lookup/${encodeURIComponent(phoneNumber)}`);
  },
  async fail_next(values) {
    if (values.error_code) delete values.status;
    await control("fail_next", values);
  },
};

function valuesOf(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || field.value === "") continue;
    if (field.type === "checkbox") values[field.name] = field.checked;
    else values[field.name] = field.type === "number" || "number" in field.dataset ? Number(field.value) : field.value;
  }
  return values;
}

async function run(element, values) {
  if (element.dataset.confirm && !window.confirm(element.dataset.confirm)) return;
  element.setAttribute("aria-busy", "true");
  try {
    if (element.dataset.action) await actions[element.dataset.action](values);
    else await control(element.dataset.control, values);
    if (element.dataset.clear) element.elements[element.dataset.clear].value = "";
    say(element.dataset.done, "done");
  } catch (error) {
    say(error instanceof TypeError ? "The sandbox does not respond. Check that it is running." : error.message, "error");
  } finally {
    element.removeAttribute("aria-busy");
  }
}

function say(text, kind) {
  const message = byId("message");
  message.textContent = text;
  message.dataset.kind = kind;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { message.textContent = ""; }, kind === "error" ? 12000 : 4000);
}

async function copy(button) {
  const source = byId(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    say("Copied.", "done");
  } catch {
    window.getSelection().selectAllChildren(source);
    say("Selected. Press Ctrl+C to copy.", "done");
  }
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  run(event.target, valuesOf(event.target));
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[type=button]");
  if (!button) return;
  if (button.dataset.copy) copy(button);
  else if (button.dataset.control) run(button, JSON.parse(button.dataset.arguments ?? "{}"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") byId("message").textContent = "";
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".composer textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
document.addEventListener("change", (event) => {
  if (event.target.id === "accounts") location.search = new URLSearchParams({ account: event.target.value });
});
document.addEventListener("visibilitychange", () => { // a browser opens few connections to one server
  events?.close();
  if (!document.hidden) connect();
});
window.addEventListener("hashchange", follow);
document.addEventListener("DOMContentLoaded", () => {
  show();
  byId("accounts").value = apiKey;
  if (location.hash) follow();
  connect();
});
