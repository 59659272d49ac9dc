// The inputs of a form as DOM: each draws itself, and reads what a submission holds (text, an option's value, a Slack id, a day).
import { node } from "/static/blocks.js";

const textOf = (value) => value?.text ?? "";

// {label, field, read}: the label's DOM, the input's DOM, and its value as text.
export function input(block, { members, suggest }) {
  const one = block.element, id = "input-" + block.block_id, testid = "field-" + block.block_id.split(":").at(-1);
  const label = node("label", { for: id, id: id + "-label" }, block.label.text + (block.optional ? " (optional)" : ""));
  const made = kinds[one.type] ?? kinds.plain_text_input;
  const { field, read } = made(one, { id, testid, members, suggest: (typed) => suggest(block.block_id, typed) });
  return { label, field, read };
}

function list(options, first, chosen, { id, testid }) {
  const field = node("select", { id, "data-testid": testid }, node("option", { value: "" }, first),
    ...options.map(([value, label]) => node("option", { value, selected: value === chosen }, label)));
  return { field, read: () => field.value };
}

const kinds = {
  plain_text_input(one, { id }) {
    const field = node(one.multiline ? "textarea" : "input", { id, rows: "4", placeholder: textOf(one.placeholder), maxlength: one.max_length, "data-testid": "modal-input" });
    field.value = one.initial_value ?? "";
    return { field, read: () => field.value };
  },
  static_select: (one, at) => list(one.options.map((option) => [option.value, textOf(option.text)]), textOf(one.placeholder) || "Choose…", one.initial_option?.value, at),
  users_select(one, at) {
    const people = at.members.filter((member) => member.kind !== "bot").toSorted((a, b) => a.name.localeCompare(b.name));
    return list(people.map((member) => [member.slack_id, member.name]), textOf(one.placeholder) || "Choose somebody…", one.initial_user, at);
  },
  datepicker(one, { id, testid }) {
    const field = node("input", { id, type: "date", "data-testid": testid });
    field.value = one.initial_date ?? "";
    return { field, read: () => field.value };
  },
  radio_buttons(one, { id, testid }) {
    const field = node("div", { id, class: "radios", role: "radiogroup", "aria-labelledby": id + "-label", "data-testid": testid },
      ...one.options.map((option) => node("label", {},
        node("input", { type: "radio", name: id, value: option.value, checked: option.value === one.initial_option?.value }), " " + textOf(option.text))));
    return { field, read: () => field.querySelector("input:checked")?.value ?? "" };
  },
  external_select(one, { id, testid, suggest }) {
    const offers = node("datalist", { id: id + "-offers" }), values = new Map();
    const box = node("input", { id, list: id + "-offers", autocomplete: "off", placeholder: textOf(one.placeholder), "data-testid": testid });
    if (one.initial_option) { box.value = textOf(one.initial_option.text); values.set(box.value, one.initial_option.value); }
    box.addEventListener("input", async () => {
      if (box.value.length < (one.min_query_length ?? 3) || values.has(box.value)) return;
      for (const option of await suggest(box.value)) values.set(textOf(option.text), option.value);
      offers.replaceChildren(...[...values.keys()].map((label) => node("option", { value: label })));
    });
    return { field: node("div", {}, box, offers), read: () => values.get(box.value) ?? "" };
  },
};
