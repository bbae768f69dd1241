// The list of the inspector: every element of the data model with its present value.

/// Values are shown in one line; the form has all of them.
const SHOWN_CHARACTERS = 200;

export class Elements {
  /// `onPick(name, value)`: the author wants to change an element.
  constructor({ panel, onPick }) {
    this.list = panel.querySelector("[data-elements]");
    this.count = panel.querySelector("[data-count]");
    this.filter = panel.querySelector("[data-filter]");
    this.panel = panel;
    this.onPick = onPick;
    this.model = null;
    /// Which groups the author has opened or closed.
    this.folds = new Map();
    this.filter.addEventListener("input", () => this.draw());
    this.list.addEventListener("click", ({ target }) => this.picked(target.closest("button")));
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("toggle", ({ target }) => {
      if (!this.isDrawing) this.folds.set(target.dataset.group, target.open);
    }, true);
  }

  /// Shows the data of another delivery.
  watch(model) {
    this.model = model;
    this.isOver = false;
    this.first = this.read();
    this.known = this.first;
    this.latest = new Set();
    this.draw();
  }

  /// The part is over: its last values stay to be looked at.
  over() {
    this.isOver = true;
    this.draw();
  }

  /// A call was made.
  changed() {
    if (this.model === null) return;
    const before = this.known;
    this.known = this.read();
    const changed = [...this.known].filter(([name, { value }]) => before.get(name)?.value !== value);
    if (changed.length > 0) this.latest = new Set(changed.map(([name]) => name));
    this.draw();
  }

  /// Every element by name: `{value, access, group}`; the value is undefined when there is none.
  read() {
    const { model } = this;
    const read = new Map();
    for (const element of model.table.elements) {
      for (const name of named(element.name, model)) {
        const access = model.access[name] ?? element.access;
        read.set(name, { value: valueOf(model, name), access, group: groupOf(name) });
      }
    }
    return read;
  }

  /// Draws what can be seen; a closed inspector costs nothing.
  draw() {
    if (this.panel.hidden || this.model === null) return;
    const wanted = this.filter.value.trim().toLowerCase();
    const matches = ([name, { value = "" }]) => wanted === "" || `${name} ${value}`.toLowerCase().includes(wanted);
    const shown = [...this.known].filter(matches);
    const groups = Map.groupBy?.(shown, ([, { group }]) => group) ?? grouped(shown);
    const focused = document.activeElement?.closest?.("#inspector [data-name]")?.dataset.name;
    const top = this.list.scrollTop;
    this.isDrawing = true;
    this.list.replaceChildren(...[...groups].map(([group, rows]) => this.group(group, rows, wanted !== "")));
    // Folding tells of itself later than it happens.
    setTimeout(() => { this.isDrawing = false; });
    this.list.classList.toggle("over", this.isOver);
    this.list.scrollTop = top;
    if (focused !== undefined) this.list.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
    const set = shown.filter(([, { value }]) => value !== undefined).length;
    this.count.textContent = this.isOver ? "The part is over" : `${set} of ${shown.length} set`;
  }

  group(group, rows, isFound) {
    const details = document.createElement("details");
    details.dataset.group = group;
    const hasChanged = rows.some(([name]) => this.latest.has(name));
    details.open = isFound || (this.folds.get(group) ?? (hasChanged || !group.startsWith("adl.nav")));
    const summary = document.createElement("summary");
    summary.textContent = group;
    details.append(summary);
    // What is folded is not made: thousands of interactions are a line.
    if (details.open) details.append(...rows.map((row) => this.row(row)));
    else details.addEventListener("toggle", () => details.append(...rows.map((row) => this.row(row))), { once: true });
    return details;
  }

  row([name, { value, access }]) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.name = name;
    if (this.latest.has(name)) button.dataset.changed = "now";
    else if (this.first.get(name)?.value !== value) button.dataset.changed = "before";
    const isWritable = access.includes("w");
    const sign = isWritable ? (access.includes("r") ? "✎" : "✎ only") : "";
    button.append(cell("name", name), cell("access", sign), cell("value", shortened(value)));
    button.title = { r: "read only", w: "write only", rw: "read and write" }[access] ?? access;
    if (value === undefined) button.classList.add("unset");
    if (value === "") button.classList.add("empty");
    return button;
  }

  picked(button) {
    if (button === null) return;
    const { name } = button.dataset;
    this.onPick(name, this.known.get(name)?.value ?? "");
  }

  /// The arrows go from element to element.
  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    const all = [...this.list.querySelectorAll("summary, details[open] button")];
    const next = all[all.indexOf(document.activeElement) + by];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }
}

/// What an element holds, write-only ones too.
function valueOf(model, name) {
  try {
    return model.get(name);
  } catch {
    return model.values.get(name);
  }
}

/// The names that a name of the table stands for now.
function* named(pattern, model) {
  const at = pattern.indexOf(".n.");
  if (pattern.endsWith(".{target}")) {
    const prefix = `${pattern.slice(0, -"{target}".length)}{target=`;
    for (const name of model.values.keys()) if (name.startsWith(prefix)) yield name;
  } else if (at < 0) {
    yield pattern;
  } else {
    const collection = pattern.slice(0, at);
    for (let index = 0; index < model.count(collection); index += 1) {
      yield* named(`${collection}.${index}.${pattern.slice(at + 3)}`, model);
    }
  }
}

function groupOf(name) {
  const parts = name.split(".");
  return parts.length > 2 ? parts.slice(0, 2).join(".") : parts[0];
}

/// For browsers without Map.groupBy.
function grouped(rows) {
  const groups = new Map();
  for (const row of rows) {
    const { group } = row[1];
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return groups;
}

function cell(kind, text) {
  const made = document.createElement("span");
  made.className = kind;
  made.textContent = text;
  return made;
}

function shortened(value) {
  if (value === undefined) return "not set";
  if (value === "") return "empty";
  return value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}… (${value.length})` : value;
}
