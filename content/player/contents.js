// The table of contents in its drawer: what the server offers, in the learner's order.
import { scoreText, sentence, statusKey } from "./messages.js";

export class Contents {
  /// `onChoose(id)` is called when the learner picks an activity.
  constructor({ dialog, navigation, say, onChoose }) {
    Object.assign(this, { dialog, navigation, say, onChoose });
    this.list = dialog.querySelector("[data-list]");
    this.statuses = new Map([...navigation.activities.values()].map(({ id, status }) => [id, status ?? {}]));
    this.parents = parentsOf(navigation.activities.values());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => this.clicked(event));
    this.draw();
  }

  /// A click on the backdrop is a click on the dialog itself, outside what it holds.
  clicked({ target }) {
    const id = target.closest("[data-list] button:not([aria-disabled])")?.dataset.id;
    if (target === this.dialog || id !== undefined) this.dialog.close();
    if (id !== undefined) this.onChoose(id);
  }

  /// Draws what is offered now; the focus stays where it was.
  draw() {
    const { contents } = this.navigation;
    const drawn = JSON.stringify(contents);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
      this.lines = new Map();
      this.list.replaceChildren(this.tree(contents.filter(({ visible }) => visible)));
      if (focused !== undefined) (this.lines.get(focused) ?? this.first)?.focus({ preventScroll: true });
    }
    for (const id of this.lines.keys()) this.drawStatus(id);
    this.drawProgress();
  }

  /// The learner's first look goes to where the learner is.
  get first() {
    return this.list.querySelector("[aria-current]") ?? this.list.querySelector("button:not([aria-disabled])") ?? this.list.querySelector("button");
  }

  get isEmpty() {
    return this.lines.size === 0;
  }

  /// Nested lists, so that a screen reader tells depth and length.
  tree(entries) {
    const root = document.createElement("ul");
    const open = [{ list: root }];
    for (const entry of entries) {
      const path = this.path(entry.id);
      const apart = open.findIndex(({ owner }, at) => at > 0 && owner !== path[at - 1]);
      if (apart > 0) open.length = apart;
      while (open.length <= path.length) {
        const owner = path[open.length - 1];
        open.push({ list: nested(open.at(-1).list, owner), owner });
      }
      open.at(-1).list.append(this.item(entry));
    }
    return root;
  }

  /// The ids of what an activity is in, outermost first.
  path(id) {
    const parent = this.parents.get(id);
    return parent === undefined ? [] : [...this.path(parent), parent];
  }

  /// What can come into the frame is a button, and so is a group that can be chosen.
  item(entry) {
    const { id, title, kind } = this.navigation.activities.get(entry.id);
    const isCluster = kind === "cluster";
    const item = document.createElement("li");
    item.dataset.id = id;
    const line = document.createElement(isCluster && entry.refused != null ? "div" : "button");
    line.className = isCluster ? "cluster" : "part";
    line.dataset.id = id;
    if (line instanceof HTMLButtonElement) line.type = "button";
    const status = span("status", "");
    status.lang = document.documentElement.lang;
    line.append(span("title", title), status);
    item.append(line);
    if (entry.current && !isCluster) line.setAttribute("aria-current", "true");
    if (entry.refused != null) this.refuse(line, sentence(entry.refused));
    this.lines.set(id, line);
    return item;
  }

  /// Why it cannot be chosen, for whoever points at it or comes to it.
  refuse(line, refused) {
    line.title = refused;
    if (!(line instanceof HTMLButtonElement)) return;
    line.setAttribute("aria-disabled", "true");
    const reason = span("reason", refused);
    reason.lang = document.documentElement.lang;
    line.append(reason);
  }

  setStatuses(statuses = {}) {
    for (const [id, status] of Object.entries(statuses)) this.statuses.set(id, status);
  }

  drawStatus(id) {
    const line = this.lines.get(id);
    const status = this.statuses.get(id);
    // Whoever is in a part has begun it, whatever the content has said so far.
    const known = statusKey(status);
    const key = known === "not_started" && line.hasAttribute("aria-current") ? "incomplete" : known;
    const score = key === "not_started" ? "" : scoreText(this.say, status.score);
    const element = line.querySelector(".status");
    element.dataset.status = key;
    const silent = key === "not_started" && line.className === "cluster";
    element.textContent = silent ? "" : [this.say(key), score].filter(Boolean).join(" · ");
  }

  drawProgress() {
    const { parts } = this.navigation;
    const done = parts.filter(({ id }) => ["passed", "completed"].includes(statusKey(this.statuses.get(id))));
    const progress = this.say("progress", { done: done.length, of: parts.length });
    this.dialog.querySelector("[data-progress]").textContent = progress;
  }

  open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.first?.focus();
    this.dialog.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
  }
}

function span(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}

/// A list inside the item of its owner; where that is not shown, in an item without a name, so that
/// nobody takes another activity for it.
function nested(list, owner) {
  let holder = list.lastElementChild;
  if (holder?.dataset.id !== owner) {
    holder = document.createElement("li");
    list.append(holder);
  }
  const inner = document.createElement("ul");
  holder.append(inner);
  return inner;
}

/// The id of every activity's parent, of activities in document order.
function parentsOf(activities) {
  const path = [];
  const parents = new Map();
  for (const { id, level } of activities) {
    path.length = level;
    parents.set(id, path.at(-1));
    path.push(id);
  }
  return parents;
}
