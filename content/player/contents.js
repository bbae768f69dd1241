// The table of contents in its drawer, and the order of the parts for Previous and Next.
import { scoreText, statusKey } from "./messages.js";

export class Contents {
  /// `onChoose(id)` is called when the learner picks a part.
  constructor({ dialog, activities, say, onChoose }) {
    Object.assign(this, { dialog, say, onChoose });
    this.activities = activities;
    this.parts = activities.filter((activity) => activity.kind !== "cluster");
    this.lines = new Map();
    dialog.querySelector("[data-list]").append(this.list());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    // A click on the backdrop is a click on the dialog itself, outside what it holds.
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  /// A course of one part needs no contents and no way forth and back.
  get single() {
    return this.parts.length <= 1;
  }

  part(id) {
    return this.parts.find((part) => part.id === id);
  }

  /// The parts before and after this one, and its place, counted from 1.
  around(id) {
    const at = this.parts.findIndex((part) => part.id === id);
    return { previous: this.parts[at - 1], next: at < 0 ? undefined : this.parts[at + 1], at: at + 1, of: this.parts.length };
  }

  /// Nested lists, so that a screen reader tells depth and length.
  list() {
    const root = document.createElement("ul");
    const open = [root];
    for (const activity of this.activities.filter((candidate) => candidate.visible !== false)) {
      while (open.length > activity.level + 1) open.pop();
      while (open.length < activity.level + 1) open.push(nested(open.at(-1)));
      open.at(-1).append(this.item(activity));
    }
    return root;
  }

  item(activity) {
    const item = document.createElement("li");
    const line = document.createElement(activity.kind === "cluster" ? "div" : "button");
    line.className = activity.kind === "cluster" ? "cluster" : "part";
    const title = document.createElement("span");
    title.className = "title";
    title.textContent = activity.title;
    const status = document.createElement("span");
    status.className = "status";
    status.lang = document.documentElement.lang;
    line.append(title, status);
    if (line instanceof HTMLButtonElement) {
      line.type = "button";
      line.addEventListener("click", () => {
        this.dialog.close();
        this.onChoose(activity.id);
      });
    }
    item.append(line);
    this.lines.set(activity.id, { line, status });
    this.setStatus(activity.id, activity.status ?? {});
    return item;
  }

  setStatus(id, status) {
    const entry = this.lines.get(id);
    if (entry === undefined) return;
    const key = statusKey(status);
    const score = key === "not_started" ? "" : scoreText(this.say, status.score);
    entry.status.dataset.status = key;
    entry.status.textContent = [this.say(key), score].filter(Boolean).join(" · ");
    if (key === "not_started" && entry.line.className === "cluster") entry.status.textContent = "";
  }

  setCurrent(id) {
    for (const [key, { line }] of this.lines) {
      if (key === id) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  }

  open() {
    this.dialog.showModal();
    const current = this.dialog.querySelector("[aria-current]");
    (current ?? this.dialog.querySelector("button")).focus();
    current?.scrollIntoView({ block: "center" });
  }
}

/// The list inside the last item of `list`; a level that was skipped gets an empty item.
function nested(list) {
  if (list.lastElementChild === null) list.append(document.createElement("li"));
  const inner = document.createElement("ul");
  list.lastElementChild.append(inner);
  return inner;
}
