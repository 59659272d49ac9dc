// Block Kit and mrkdwn as DOM. Text only ever becomes text nodes: nothing that somebody wrote is read as HTML.

export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const EMOJI = {
  white_check_mark: "✅", x: "❌", warning: "⚠️", hourglass_flowing_sand: "⏳", lock: "🔒", wave: "👋", eyes: "👀",
  raised_hand: "✋", no_entry: "⛔", information_source: "ℹ️", tada: "🎉", rotating_light: "🚨", ticket: "🎫", key: "🔑",
  heavy_check_mark: "✔️", thumbsup: "👍", alarm_clock: "⏰", wastebasket: "🗑️", arrows_counterclockwise: "🔄", no_entry_sign: "🚫", snowflake: "❄️", handshake: "🤝", busts_in_silhouette: "👥",
  grey_question: "❔", leftwards_arrow_with_hook: "↩", question: "❓", bell: "🔔", "+1": "👍",
};
// Drawn, so that their colour is there without a font that has them; the word beside each says the same.
const DOTS = { large_green_circle: "good", large_yellow_circle: "warn", red_circle: "bad" };
const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

// Slack's mrkdwn: code spans first, then links and mentions, then *bold*, _italic_ and ~strike~.
export function rich(text, names) {
  const fragment = document.createDocumentFragment();
  for (const [at, part] of String(text).split(/```([\s\S]*?)```/).entries()) {
    if (at % 2) { fragment.append(node("pre", {}, unescape(part.replace(/^\n|\n$/g, "")))); continue; }
    const lines = part.split("\n");
    lines.forEach((line, number) => {
      const quote = line.match(/^(?:&gt;|>)\s?(.*)$/);
      if (quote) fragment.append(node("div", { class: "quote" }, spans(quote[1], names)));
      else {
        fragment.append(spans(line, names));
        if (number < lines.length - 1 && !/^(?:&gt;|>)/.test(lines[number + 1])) fragment.append(node("br"));
      }
    });
  }
  return fragment;
}

const TOKEN = /`([^`]+)`|<([^<>]+)>|(?<![\w*])\*([^*\n]+)\*(?![\w*])|(?<![\w_])_([^_\n]+)_(?![\w_])|(?<![\w~])~([^~\n]+)~(?![\w~])|:([a-z0-9_+-]+):/g;

function spans(text, names) {
  const fragment = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    fragment.append(unescape(text.slice(from, match.index)));
    from = match.index + match[0].length;
    const [whole, code, angle, bold, italic, strike, emoji] = match;
    if (code !== undefined) fragment.append(node("code", {}, unescape(code)));
    else if (angle !== undefined) fragment.append(reference(angle, names));
    else if (bold !== undefined) fragment.append(node("strong", {}, spans(bold, names)));
    else if (italic !== undefined) fragment.append(node("em", {}, spans(italic, names)));
    else if (strike !== undefined) fragment.append(node("s", {}, spans(strike, names)));
    else if (DOTS[emoji]) fragment.append(node("span", { class: "dot " + DOTS[emoji], "aria-hidden": "true" }));
    else fragment.append(EMOJI[emoji] ?? whole);
  }
  fragment.append(unescape(text.slice(from)));
  return fragment;
}

export const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

// Slack's <!date^…>: in the reader's own zone, as all times on this page; what has a form that we don't know stays as it was written.
function moment(target, label) {
  const [, stamp, form] = target.split("^"), at = new Date(Number(stamp) * 1000);
  const parts = { date_short: at.toLocaleDateString([], { day: "2-digit", month: "short", year: "numeric" }), time: clock(at) };
  const told = (form ?? "").replace(/\{(\w+)\}/g, (whole, name) => parts[name] ?? whole);
  return told && !told.includes("{") ? told : label;
}

function reference(angle, names) {
  const [target, label] = angle.split("|");
  if (target.startsWith("@")) return node("span", { class: "mention" }, "@" + (names[target.slice(1)] ?? label ?? target.slice(1)));
  if (target.startsWith("#")) return node("span", { class: "mention" }, "#" + (label ?? target.slice(1)));
  if (target.startsWith("!date^")) return node("time", { title: unescape(label ?? "") }, moment(target, unescape(label ?? "")));
  if (target.startsWith("!")) return node("span", { class: "mention" }, "@" + target.slice(1));
  if (/^(https?|mailto):/.test(target)) return node("a", { href: unescape(target), rel: "noreferrer noopener", target: "_blank" }, unescape(label ?? target));
  return document.createTextNode(unescape(label ?? target));
}

const ICONS = { pending: "○", in_progress: "◐", complete: "✓", error: "✕", waiting: "⏳", skipped: "–" };

export function blocks(list, context) {
  return list.map((block) => draw(block, context)).filter(Boolean);
}

function textOf(text, names) {
  if (!text) return "";
  if (typeof text === "string") return rich(text, names);
  return text.type === "mrkdwn" ? rich(text.text, names) : document.createTextNode(text.text);
}

function plainOf(value) {
  if (!value) return "";
  if (typeof value === "string") return value;
  if (value.text) return plainOf(value.text);
  return (value.elements ?? []).map(plainOf).join("");
}

function task(one, names) {
  const state = one.status ?? "pending";
  const detail = plainOf(one.details) || plainOf(one.output);
  return node("div", { class: "task " + state, "data-testid": "task" },
    node("span", { class: "icon", "aria-hidden": "true" }, ICONS[state] ?? "•"),
    node("span", {}, rich(plainOf(one.title), names), node("span", { class: "hidden" }, " (" + state.replace("_", " ") + ")")),
    detail ? node("span", { class: "detail" }, rich(detail, names)) : null);
}

// A long text is folded, as Slack folds it; what somebody has unfolded stays so.
const LONG = 700, LINES = 12, unfolded = new Set();

function folded(block, shown) {
  const text = block.text?.text ?? "";
  if ((text.length <= LONG && text.split("\n").length <= LINES) || unfolded.has(text)) return shown;
  const made = node("div", { class: "folded", "data-testid": "folded" }, node("div", { class: "fold" }, shown),
    node("button", { class: "thread-link", "data-testid": "see-more", onclick: () => { unfolded.add(text); made.firstChild.className = ""; made.replaceWith(made.firstChild); } }, "See more"));
  return made;
}

function draw(block, context) {
  const { names, act } = context;
  switch (block.type) {
    case "section": {
      const made = node("div", { class: "block section" }, folded(block, textOf(block.text, names)));
      if (block.fields) made.append(node("div", { class: "fields" }, ...block.fields.map((field) => node("div", {}, textOf(field, names)))));
      if (block.accessory) made.append(node("div", { class: "actions" }, element(block.accessory, act)));
      return made;
    }
    case "markdown": return node("div", { class: "block" }, rich(block.text.replace(/^#{1,6}\s+(.+)$/gm, "*$1*").replace(/^(\s*)[-*+]\s+/gm, "$1• ").replaceAll("**", "*"), names));
    case "header": return node("div", { class: "block header", role: "heading", "aria-level": "3" }, plainOf(block.text));
    case "divider": return node("div", { class: "block divider", role: "separator" });
    case "context": return node("div", { class: "block context" }, ...block.elements.map((one) => node("span", {}, textOf(one, names), " ")));
    case "actions": case "context_actions": return node("div", { class: "actions" }, ...block.elements.map((one) => element(one, act)).filter(Boolean));
    case "alert": return node("div", { class: "block alert " + (block.level ?? "info") }, textOf(block.text, names));
    case "plan": return node("div", { class: "plan", "data-testid": "plan" },
      node("div", { class: "plan-title" }, plainOf(block.title)), ...(block.tasks ?? []).map((one) => task(one, names)));
    case "task_card": return node("div", { class: "plan" }, task(block, names));
    case "rich_text": return node("div", { class: "block" }, plainOf(block));
    default: return null;
  }
}

function element(one, act) {
  if (one.type === "button") {
    const label = plainOf(one.text);
    if (one.url) return node("a", { class: "button " + (one.style ?? ""), href: one.url, target: "_blank", rel: "noopener noreferrer", "data-testid": "link-" + label }, label);
    return node("button", {
      class: "button " + (one.style ?? ""), "data-testid": "button-" + label, "data-action": one.action_id,
      "aria-label": one.accessibility_label ?? null,
      onclick: (event) => {
        if (one.confirm && !window.confirm(plainOf(one.confirm.title) + "\n\n" + plainOf(one.confirm.text))) return;
        act(one.action_id, one.value, event.currentTarget);
      },
    }, label);
  }
  if (one.type === "static_select") {
    const select = node("select", { class: "button", "aria-label": plainOf(one.placeholder) || "Choose", "data-action": one.action_id,
      onchange: (event) => event.currentTarget.value && act(one.action_id, event.currentTarget.value, event.currentTarget) },
      node("option", { value: "" }, plainOf(one.placeholder) || "Choose…"),
      ...one.options.map((option) => node("option", { value: option.value }, plainOf(option.text))));
    return select;
  }
  if (one.type === "overflow") {
    return node("select", { class: "button more", "aria-label": "More", "data-testid": "more", "data-action": one.action_id,
      onchange: (event) => {
        const picked = event.currentTarget.value;
        event.currentTarget.value = "";
        if (picked) act(one.action_id, picked, event.currentTarget);
      } },
      node("option", { value: "" }, "⋯"), ...one.options.map((option) => node("option", { value: option.value }, plainOf(option.text))));
  }
  if (one.type === "feedback_buttons") {
    return node("span", { class: "actions" }, ...["positive_button", "negative_button"].filter((name) => one[name]).map((name) =>
      node("button", { class: "button", onclick: (event) => act(one.action_id, one[name].value, event.currentTarget) }, plainOf(one[name].text))));
  }
  return null;
}
