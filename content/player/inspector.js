// The inspector: every element of the data model beside the content, and what an author may do to a
// session. Only tests load it.
import { Elements } from "./elements.js";
import { SetForm } from "./set_form.js";

/// From this width on it is open unless it was closed.
const ROOM_PX = 1100;
const KEPT = "attestry-inspector";

const WORDS = {
  inspector: "Inspector",
  close: "Close",
  session: "Session",
  jump: "Jump",
  jump_to: "Jump to",
  jump_hint: "Goes there past all rules. The API log says which rule would have refused it.",
  resume: "Close and reopen",
  resume_hint: "Ends the session as a closed window does, and comes back: shows what resumes.",
  lost: "Lose window",
  lost_hint: "The window is gone with what it had not sent: what this browser kept is sent when it comes back.",
  restart: "Start anew",
  restart_hint: "A new test of this version, as if the course had never been opened.",
  trial: "Test",
  trial_hint: "No statement is made, and the registration counts nowhere.",
  unknown: "nothing yet",
};

export class Inspector {
  /// `act` holds what it does to the session: `call(function, args)` gives `{result, error}`,
  /// `jump(id)`, `relaunch(how)`. `errorName(code)` is the standard's own text for a code.
  constructor({ content, toggleAfter, place, activities, is2004, act, errorName }) {
    Object.assign(this, { activities, act });
    this.panel = panelBeside(content);
    this.elements = new Elements({ panel: this.panel, onPick: (name, value) => this.form.fill(name, value) });
    this.form = new SetForm({ form: this.pick("form"), is2004, call: act.call, errorName, onSet: () => this.changed() });
    this.toggle = toggleBehind(toggleAfter);
    place.prepend(mark("trial", WORDS.trial, WORDS.trial_hint));
    this.listen();
    if (innerWidth >= ROOM_PX && remembered() !== "closed") this.show(true);
  }

  pick(name) {
    return this.panel.querySelector(`[data-${name}]`);
  }

  listen() {
    const close = () => {
      this.show(false);
      this.toggle.focus();
    };
    this.toggle.addEventListener("click", () => {
      this.show(this.panel.hidden);
      if (!this.panel.hidden) this.pick("filter").focus();
    });
    this.pick("close").addEventListener("click", close);
    this.panel.addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
    const select = this.pick("activities");
    select.append(...this.activities.map(({ id, title, level }) => new Option(`${"\u2003".repeat(level)}${title || id}`, id)));
    this.pick("jump").addEventListener("click", () => this.act.jump(select.value));
    for (const how of ["resume", "lost", "restart"]) this.pick(how).addEventListener("click", () => this.act.relaunch(how));
  }

  show(visible) {
    this.panel.hidden = !visible;
    this.toggle.setAttribute("aria-expanded", String(visible));
    remember(visible ? "open" : "closed");
    if (visible) this.elements.draw();
  }

  /// An activity came into the frame, with its data.
  delivered(activity, model) {
    this.activity = activity;
    const option = [...this.pick("activities").options].find(({ value }) => value === activity);
    if (option !== undefined) option.selected = true;
    this.elements.watch(model);
    this.form.offer(model);
  }

  /// The frame is empty.
  gone() {
    this.elements.over();
  }

  /// A call was made: values may have changed.
  changed() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      this.elements.changed();
    });
  }

  /// What the server says of the course and the part that is shown.
  learned(course, statuses) {
    const told = [`Course: ${inWords(course)}.`];
    const status = statuses.get(this.activity);
    if (status !== undefined) told.unshift(`This part: ${inWords(status)}.`);
    this.pick("status").textContent = told.join(" ");
  }
}

function inWords({ completion = "unknown", success = "unknown", score }) {
  const words = [completion, success].filter((word) => word !== "unknown");
  if (score !== undefined) words.push(`${Math.round(score * 1000) / 10} %`);
  return words.join(", ") || WORDS.unknown;
}

/// Beside the content and the log where there is room, over them where there is not.
function panelBeside(content) {
  const row = document.createElement("div");
  row.id = "beside";
  const column = document.createElement("div");
  content.replaceWith(row);
  column.append(content, document.getElementById("log"));
  const panel = document.createElement("section");
  panel.id = "inspector";
  panel.hidden = true;
  panel.setAttribute("aria-labelledby", "inspector-title");
  // Our own words alone: nothing of the course is in it.
  panel.innerHTML = `
    <header><h2 id="inspector-title">${WORDS.inspector}</h2><button type="button" data-close>${WORDS.close}</button></header>
    <div class="acts" role="group" aria-label="${WORDS.session}">
      <label class="jump"><span class="hidden-visually">${WORDS.jump_to}</span><select data-activities></select></label>
      <button type="button" class="secondary" data-jump title="${WORDS.jump_hint}">${WORDS.jump}</button>
      <button type="button" class="secondary" data-resume title="${WORDS.resume_hint}">${WORDS.resume}</button>
      <button type="button" class="secondary" data-lost title="${WORDS.lost_hint}">${WORDS.lost}</button>
      <button type="button" class="secondary" data-restart title="${WORDS.restart_hint}">${WORDS.restart}</button>
      <p data-status></p>
    </div>
    <div class="find"><label><span class="hidden-visually">Filter</span><input type="search" data-filter placeholder="Filter elements and values"></label><span data-count></span></div>
    <div class="scroll" data-elements></div>
    <form data-form>
      <label>Element <input data-element list="inspector-elements" autocomplete="off" spellcheck="false" required></label>
      <datalist id="inspector-elements"></datalist>
      <label>Value <textarea data-value rows="2" spellcheck="false"></textarea></label>
      <p class="buttons"><button class="secondary" data-set></button> <button type="button" class="secondary" data-get></button> <button type="button" class="secondary" data-commit></button></p>
      <p data-answer role="status"></p>
    </form>`;
  row.append(column, panel);
  return panel;
}

function toggleBehind(other) {
  const button = document.createElement("button");
  button.type = "button";
  button.id = "open-inspector";
  button.setAttribute("aria-controls", "inspector");
  button.setAttribute("aria-expanded", "false");
  const sign = document.createElement("span");
  sign.textContent = "⌕";
  sign.setAttribute("aria-hidden", "true");
  const word = document.createElement("span");
  word.textContent = WORDS.inspector;
  button.append(sign, word);
  other.after(button);
  return button;
}

function mark(id, text, title) {
  const made = document.createElement("span");
  Object.assign(made, { id, textContent: text, title });
  return made;
}

/// Without storage it opens as if for the first time.
function remembered() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function remember(state) {
  try {
    sessionStorage.setItem(KEPT, state);
  } catch {
    // The browser keeps nothing for this page.
  }
}
