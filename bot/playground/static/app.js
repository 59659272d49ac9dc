// The page: who you are, where you are, what was said. The address holds both: #as=ana&channel=dm
import { blocks, clock, node, rich } from "/static/blocks.js";
import { input } from "/static/inputs.js";

const SUGGESTIONS = [
  ["Hi, I'm locked out of my account after the weekend", "Looked at, unlocked, checked"],
  ["Could I get into the analytics warehouse until Friday, and my VPN says certificate expired", "Two plans at once; one asks the engineer on call (be Omar to answer)"],
  ["Please reset the MFA of ben", "Somebody else's account: a person decides"],
  ["How do guests get on the wifi?", "A question with an answer"],
  ["The coffee machine is making strange noises", "Nothing fits: no guess, a ticket and a page"],
];

const $ = (id) => document.getElementById(id);
const place = () => new URLSearchParams(location.hash.slice(1));
let state = null, opened = {}, read = JSON.parse(localStorage.getItem("read") ?? "{}"), found = "", loading = false, again = false;

function go(changes) {
  const next = place();
  for (const [name, value] of Object.entries(changes)) value ? next.set(name, value) : next.delete(name);
  location.hash = next.toString();
}

async function send(act, body) {
  const answer = await fetch("/playground/" + act, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ as: me().handle, ...body }) });
  const said = await answer.json();
  if (said.error) toast(said.error);
  return said;
}

function toast(text) {
  $("toast").textContent = text; $("toast").hidden = false;
  clearTimeout(toast.timer); toast.timer = setTimeout(() => { $("toast").hidden = true; }, 5000);
}

const me = () => state.members.find((one) => one.handle === place().get("as") && one.kind !== "bot") ?? state.members.find((one) => one.handle === "ana") ?? state.members[0];
const dm = () => state.channels.find((one) => one.direct_with === me().slack_id) ?? { id: "dm", name: "", direct_with: me().slack_id, messages: [] };
const here = () => {
  const name = place().get("channel") ?? "dm";
  return name === "dm" || name === "home" ? dm() : state.channels.find((one) => one.name === name) ?? dm();
};
const atHome = () => place().get("channel") === "home";
const names = () => Object.fromEntries(state.members.map((one) => [one.slack_id, one.name]));
const person = (id) => state.members.find((one) => one.slack_id === id) ?? { name: id, handle: id, kind: "member" };

const seen = async (who) => (await fetch("/playground/state?as=" + encodeURIComponent(who))).json();
const unknown = () => { const who = place().get("as") ?? "ana"; return state.members.some((one) => one.handle === who && one.kind !== "bot") ? "" : who; };

async function look() {
  state = await seen(place().get("as") ?? "ana");
  if (unknown()) state = await seen(me().handle);
}

async function load() {
  if (loading) { again = true; return; }
  loading = true;
  try {
    await look();
    draw();
  } finally {
    loading = false;
    if (again) { again = false; load(); }
  }
}

function initials(name) { return name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase(); }
function avatar(one) {
  const hue = one.kind === "bot" ? "bot" : [...one.name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 8;
  return node("span", { class: "avatar hue-" + hue, "aria-hidden": "true" }, one.kind === "bot" ? "D" : initials(one.name));
}

function draw() {
  $("stranger").hidden = !unknown();
  $("stranger").textContent = unknown() ? "Nobody here is called “" + unknown() + "”, so you are " + me().name + "." : "";
  drawPeople(); drawPlaces(); drawPlace(); drawMessages(); drawThread(); drawModal();
}

function drawPeople() {
  const shown = state.members.filter((one) => one.kind !== "bot" && (found
    ? (one.name + " " + one.handle).toLowerCase().includes(found) : one.featured || one.slack_id === me().slack_id)).slice(0, 12);
  $("people").replaceChildren(...shown.map((one) => node("button", {
    class: "row", role: "option", "aria-selected": String(one.slack_id === me().slack_id), "data-testid": "person-" + one.handle,
    onclick: () => { found = ""; $("find").value = ""; opened = {}; showMenu(false); go({ as: one.handle, thread: "" }); },
  }, avatar(one), node("span", { class: "grow" }, one.name, node("small", {}, one.note || one.title)))));
}

function drawPlaces() {
  const entry = (key, label, channel) => {
    const unread = channel ? channel.messages.filter((one) => one.user !== me().slack_id && Number(one.ts) > (read[me().handle + channel.id] ?? 0)).length : 0;
    const current = (place().get("channel") ?? "dm") === key;
    return node("div", { role: "listitem" }, node("button", { class: "row", "aria-current": String(current), "data-testid": "place-" + key, onclick: () => { opened = {}; showMenu(false); go({ channel: key, thread: "" }); } },
      node("span", { class: "grow" }, label), unread && !current ? node("span", { class: "badge", "aria-label": unread + " unread" }, String(unread)) : null));
  };
  $("places").replaceChildren(entry("dm", "Deskhand", dm()), entry("home", "Deskhand’s Home", null),
    ...state.channels.filter((one) => !one.direct_with).map((one) => entry(one.name, "# " + one.name, one)));
}

function drawPlace() {
  const channel = here();
  const title = atHome() ? "Deskhand’s Home" : channel.direct_with ? "Deskhand" : "# " + channel.name;
  const note = atHome() ? "App Home of " + me().name : channel.direct_with ? "Direct messages as " + me().name : "Mention @deskhand to ask it something here";
  const phone = node("a", { href: "/company/phone/" + me().handle, target: "_blank", rel: "noopener", title: "The codes that " + me().name + "’s authenticator app shows", "data-testid": "phone" }, "Phone");
  const menu = node("button", { class: "plain menu", "data-testid": "menu", "aria-controls": "sidebar", "aria-expanded": String($("app").classList.contains("menu-open")),
    "aria-label": "People and conversations", onclick: () => showMenu(!$("app").classList.contains("menu-open")) }, "☰");
  $("place").replaceChildren(menu, node("div", { class: "grow" }, node("strong", {}, title), node("small", {}, note)), phone);
  $("composer").placeholder = channel.direct_with ? "Message Deskhand" : "Message #" + channel.name;
  $("composer-form").hidden = atHome();
  document.title = title + " · Deskhand playground";
}

// On a narrow screen people and conversations lie behind a button.
function showMenu(open) {
  $("app").classList.toggle("menu-open", open);
  drawPlace();
}

function keepScroll(box, fill) {
  const low = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  fill();
  if (low) box.scrollTop = box.scrollHeight;
}

function drawMessages() {
  const channel = here();
  if (atHome()) {
    const view = state.home;
    $("messages").replaceChildren(node("div", { class: "home" }, ...(view ? blocks(view.blocks, context({}, true)) : [node("p", {}, "…")])));
    return;
  }
  const roots = channel.messages.filter((one) => !one.thread_ts || one.thread_ts === one.ts || !channel.messages.some((other) => other.ts === one.thread_ts));
  keepScroll($("messages"), () => {
    if (!roots.length && channel.direct_with) $("messages").replaceChildren(welcome());
    else $("messages").replaceChildren(...roots.map((one) => drawMessage(channel, one, false)), ...status(channel, ""));
  });
  const last = channel.messages.at(-1);
  if (last) { read[me().handle + channel.id] = Number(last.ts); localStorage.setItem("read", JSON.stringify(read)); }
  // In direct messages the bot answers in a thread: open it for whoever is new here.
  const answered = channel.direct_with && roots.filter((one) => channel.messages.some((reply) => reply.thread_ts === one.ts && reply.user === state.bot)).at(-1);
  if (answered && opened[channel.id] !== answered.ts && place().get("thread") !== answered.ts) { opened[channel.id] = answered.ts; go({ thread: answered.ts }); }
}

function welcome() {
  return node("div", { class: "welcome" }, node("h1", {}, "Hello, " + me().name.split(" ")[0] + "."),
    node("p", {}, "Tell Deskhand in your own words what doesn’t work or what you need. Some things to try:"),
    ...SUGGESTIONS.map(([text, note]) => node("button", { class: "suggestion", "data-testid": "suggestion", onclick: () => send("say", { dm: true, text }) }, text, node("small", {}, note))));
}

function context(message, home = false) {
  return {
    names: names(),
    act: async (action_id, value, button) => {
      button.disabled = true;
      await send("click", home ? { home: true, action_id, value } : { channel: here().id, ts: message.ts, action_id, value });
      setTimeout(() => { button.disabled = false; }, 800);
    },
  };
}

function drawMessage(channel, message, inThread) {
  const from = person(message.user);
  const replies = channel.messages.filter((one) => one.thread_ts === message.ts && one.ts !== message.ts);
  const mine = message.user === me().slack_id;
  const when = new Date(Number(message.ts) * 1000);
  const body = message.blocks?.length ? blocks(message.blocks, context(message)) : [node("div", { class: "block" }, rich(message.text, names()))];
  const writing = message.streaming_state === "in_progress" ? node("div", { class: "writing", role: "status" }, node("span", { "data-testid": "writing" }, "writing…"),
    node("button", { class: "button", "data-testid": "stop", onclick: () => send("stop", { channel: channel.id, ts: message.ts }) }, "Stop")) : null;
  const tools = node("div", { class: "tools" },
    inThread || message.ephemeral_to ? null : node("button", { onclick: () => go({ thread: message.ts }), "data-testid": "reply-in-thread" }, "Reply in thread"),
    from.kind !== "bot" && !channel.direct_with ? node("button", { onclick: () => send("shortcut", { channel: channel.id, ts: message.ts, callback_id: "ask_deskhand_about" }), "data-testid": "ask-about" }, "Ask Deskhand about this") : null,
    from.kind === "bot" && !message.ephemeral_to ? node("button", { onclick: () => send("shortcut", { channel: channel.id, ts: message.ts, callback_id: "why_deskhand" }), "data-testid": "why" }, "Why?") : null,
    mine ? node("button", { onclick: () => edit(channel, message) }, "Edit") : null,
    mine ? node("button", { onclick: () => send("delete", { channel: channel.id, ts: message.ts }) }, "Delete") : null);
  return node("article", { class: "message" + (message.ephemeral_to ? " only-you" : ""), "data-testid": "message", "data-ts": message.ts },
    avatar(from),
    node("div", { class: "meta" }, node("strong", {}, from.name), from.kind === "bot" ? node("span", { class: "tag" }, "APP") : null, from.kind === "guest" ? node("span", { class: "tag" }, "GUEST") : null,
      node("time", { datetime: when.toISOString(), title: when.toLocaleString() }, clock(when)), message.edited && mine ? node("small", { class: "only-you-note" }, "(edited)") : null),
    node("div", {}, message.ephemeral_to ? node("div", { class: "only-you-note" }, "Only visible to you") : null, ...body, writing,
      message.files ? node("div", { class: "block context" }, ...message.files.map((file) => "📎 " + file.name)) : null,
      message.reactions?.length ? node("div", { class: "block context" }, ...message.reactions.map((name) => rich(":" + name + ":", {}))) : null,
      replies.length && !inThread ? node("button", { class: "thread-link", onclick: () => go({ thread: message.ts }), "data-testid": "thread-link" }, replies.length + (replies.length === 1 ? " reply" : " replies")) : null),
    tools.childNodes.length ? tools : null);
}

function edit(channel, message) {
  const text = window.prompt("Change your message", message.text);
  if (text !== null && text !== message.text) send("edit", { channel: channel.id, ts: message.ts, text });
}

function status(channel, thread) {
  return state.statuses.filter((one) => one.channel === channel.id && one.thread === thread).map((one) => node("div", { class: "status", "data-testid": "status" }, "Deskhand " + one.text));
}

function drawThread() {
  const channel = here(), ts = place().get("thread");
  const root = ts && !atHome() ? channel.messages.find((one) => one.ts === ts) : null;
  $("thread").hidden = !root;
  if (!root) return;
  $("thread-place").textContent = channel.direct_with ? "with Deskhand" : "# " + channel.name;
  const replies = channel.messages.filter((one) => one.thread_ts === ts && one.ts !== ts);
  keepScroll($("replies"), () => $("replies").replaceChildren(drawMessage(channel, root, true), node("div", { class: "block divider" }), ...replies.map((one) => drawMessage(channel, one, true)), ...status(channel, ts)));
}

function drawModal() {
  const view = state.views.at(-1), dialog = $("modal");
  if (!view) { if (dialog.open) dialog.close(); dialog.dataset.view = ""; return; }
  if (dialog.dataset.view === view.id + view.hash) return;
  dialog.dataset.view = view.id + view.hash;
  const inputs = [];
  const body = node("div", { class: "body" });
  for (const block of view.blocks) {
    if (block.type !== "input") { body.append(...blocks([block], context({}))); continue; }
    const made = input(block, { members: state.members, suggest: async (block_id, typed) => (await send("suggest", { view_id: view.id, block_id, typed })).options ?? [] });
    inputs.push([block.block_id, block.element.action_id, made]);
    body.append(made.label, made.field, block.hint ? node("div", { class: "hint" }, block.hint.text) : "", node("div", { class: "error-text", "data-block": block.block_id, role: "alert" }));
  }
  const close = () => send("close", { view_id: view.id });
  const form = node("form", { method: "dialog", onsubmit: async (event) => {
    event.preventDefault();
    const values = {};
    for (const [block, action, made] of inputs) values[block] = { ...values[block], [action]: made.read() };
    const { errors = {} } = await send("submit", { view_id: view.id, values });
    for (const box of dialog.querySelectorAll(".error-text")) box.textContent = errors[box.dataset.block] ?? "";
    if (errors[""]) toast(errors[""]);
  } },
  node("header", {}, node("h2", { id: "modal-title" }, view.title?.text ?? ""), node("button", { type: "button", class: "plain", "aria-label": "Close", onclick: close }, "✕")),
  body,
  node("div", { class: "foot" }, node("button", { type: "button", class: "button", onclick: close }, view.close?.text ?? "Close"), view.submit ? node("button", { type: "submit", class: "button primary", "data-testid": "modal-submit" }, view.submit.text) : null));
  dialog.replaceChildren(form);
  dialog.oncancel = (event) => { event.preventDefault(); close(); };
  if (!dialog.open) dialog.showModal();
  inputs[0]?.[2].field.focus();
}

function composer(form, box, body) {
  const grow = () => { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight, 180) + "px"; };
  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); } });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    box.value = ""; grow();
    const command = text.match(/^(\/deskhand)(?:\s+([\s\S]*))?$/);
    await (command ? send("command", { ...body(), command: command[1], text: command[2] ?? "" }) : send("say", { ...body(), text }));
  });
}

const target = () => (here().direct_with ? { dm: true } : { channel: here().id });
composer($("composer-form"), $("composer"), target);
composer($("reply-form"), $("reply"), () => ({ ...target(), thread_ts: place().get("thread") }));
$("shortcut").addEventListener("click", () => send("shortcut", { callback_id: "ask_deskhand" }));
$("close-thread").addEventListener("click", () => go({ thread: "" }));
$("find").addEventListener("input", (event) => { found = event.target.value.trim().toLowerCase(); drawPeople(); });
window.addEventListener("hashchange", () => { if (atHome()) send("home", { tab: "home" }); load(); });
// A link to a message of this workspace leads there instead of to another page.
document.addEventListener("click", (event) => {
  const found = event.target.closest?.("a")?.href.match(/^(.*)\/archives\/(\w+)\/p(\d+)(\d{6})(?:\?thread_ts=(\d+\.\d+).*)?$/);
  if (!found || found[1] !== location.origin) return;
  event.preventDefault();
  const channel = state.channels.find((one) => one.id === found[2]);
  if (channel) go({ channel: channel.direct_with ? "dm" : channel.name, thread: found[5] ?? found[3] + "." + found[4] });
  else toast("That message stands in somebody else’s direct messages, so only they can open it.");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("app").classList.contains("menu-open")) showMenu(false);
  else if (event.key === "Escape" && !$("modal").open && place().get("thread")) go({ thread: "" });
  const row = document.activeElement?.closest?.(".row");
  if (row && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const rows = [...document.querySelectorAll("#sidebar .row")];
    rows.at((rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length).focus();
    event.preventDefault();
  }
});
await look();
await Promise.all(state.views.map((view) => send("close", { view_id: view.id }))); // Slack's forms close when its window is loaded anew
await load();
if (atHome()) send("home", { tab: "home" });
new EventSource("/playground/stream").addEventListener("message", load);
