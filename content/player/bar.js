// The bar, the notice below it and the words for a screen reader: all that the player says while
// the course has the screen.

const byId = (id) => document.getElementById(id);
/// The most urgent first; one is shown at a time.
const NOTICES = ["broken", "offline", "journal", "replayed"];

export class Bar {
  constructor({ say, recorded, single, onContents, onStep, onExit }) {
    Object.assign(this, { say, recorded, single });
    this.notices = new Map();
    this.dismissed = new Set();
    fillTexts(say);
    byId("open-contents").hidden = single;
    byId("steps").hidden = single;
    byId("open-contents").addEventListener("click", onContents);
    byId("previous").addEventListener("click", () => onStep("previous"));
    byId("next").addEventListener("click", () => onStep("next"));
    byId("exit").addEventListener("click", onExit);
    byId("notice").querySelector("button").addEventListener("click", () => this.dismiss());
    if (!recorded) {
      byId("state").textContent = say("state_unrecorded");
      byId("state").title = say("state_unrecorded_hint");
    }
    // Heard only while the player's own page has the focus: keys in the course are the course's.
    document.addEventListener("keydown", (event) => {
      if (!single && event.altKey && event.shiftKey && event.code === "KeyC" && !byId("open-contents").disabled) onContents();
    });
  }

  saving(state) {
    if (!this.recorded) return;
    const shown = ["idle", "saving", "saved", "unsaved"].includes(state) ? state : state === "exited" ? "saved" : "stopped";
    const element = byId("state");
    if (element.dataset.state === shown) return;
    // "Saving" comes and goes with every answer; only what a learner must know is read out.
    if (shown === "unsaved") this.announce("announce_unsaved");
    if (shown === "saved" && this.wasUnsaved) this.announce("announce_saved");
    this.wasUnsaved = shown === "unsaved" || (shown === "saving" && this.wasUnsaved);
    element.dataset.state = shown;
    element.textContent = this.say(`state_${shown}`);
  }

  announce(key) {
    byId("announce").textContent = this.say(key);
  }

  notice(kind, text) {
    this.notices.set(kind, text);
    this.drawNotice();
  }

  clear(kind) {
    this.notices.delete(kind);
    this.dismissed.delete(kind);
    this.drawNotice();
  }

  dismiss() {
    this.dismissed.add(this.shownNotice);
    this.drawNotice();
    byId("exit").focus();
  }

  drawNotice() {
    this.shownNotice = NOTICES.find((kind) => this.notices.has(kind) && !this.dismissed.has(kind));
    const text = this.notices.get(this.shownNotice) ?? "";
    const paragraph = byId("notice").querySelector("p");
    if (paragraph.textContent !== text) paragraph.textContent = text;
    byId("notice").hidden = text === "";
  }

  /// Where the learner is. `part` is undefined before the first one.
  place(course, part, { previous, next, at, of }) {
    this.busy(false);
    this.setEnabled("previous", previous !== undefined, previous?.title);
    this.setEnabled("next", next !== undefined, next?.title);
    const named = part !== undefined && !this.single && part.title !== course;
    byId("title").textContent = named ? part.title : course;
    byId("title").title = named ? `${course}: ${part.title}` : course;
    byId("position").textContent = this.single || at === 0 ? "" : this.say("position", { at, of });
    document.title = named ? this.say("page_title", { part: part.title, course }) : course;
  }

  setEnabled(id, enabled, title) {
    const button = byId(id);
    if (!enabled && document.activeElement === button) byId("exit").focus();
    button.disabled = !enabled;
    button.title = title ?? "";
  }

  /// While one part is left and the next one comes, nothing else can be begun.
  busy(busy) {
    for (const id of ["open-contents", "previous", "next", "exit"]) byId(id).disabled = busy;
  }

  /// The session is over: the bar only tells where this was.
  over() {
    this.busy(true);
    this.notices.clear();
    this.drawNotice();
    for (const id of ["open-contents", "steps", "exit"]) byId(id).hidden = true;
  }
}

function fillTexts(say) {
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = say(element.dataset.placeholder);
}
