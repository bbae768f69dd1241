// The bar, the notice below it and the words for a screen reader: all that the player says while
// the course has the screen.
import { Menu } from "./menu.js";
import { WAYS_OUT } from "./navigation.js";

const byId = (id) => document.getElementById(id);
/// The most urgent first; one is shown at a time.
const NOTICES = ["broken", "uncounted", "offline", "journal", "replayed"];
const STEPS = { previous: "previous", next: "continue" };
const BUTTONS = ["open-contents", "previous", "next", "more", "exit"];

export class Bar {
  /// `onRequest(control)`: one of the controls was used; `onExit`: the learner wants to be gone.
  constructor({ say, recorded, course, navigation, onContents, onRequest, onExit }) {
    Object.assign(this, { say, recorded, course, navigation });
    this.notices = new Map();
    this.dismissed = new Set();
    this.isBusy = true;
    fillTexts(say);
    this.menu = new Menu({ button: byId("more"), menu: byId("more-menu"), onChoose: onRequest });
    byId("open-contents").addEventListener("click", onContents);
    for (const [id, control] of Object.entries(STEPS)) byId(id).addEventListener("click", () => onRequest(control));
    byId("exit").addEventListener("click", onExit);
    byId("notice").querySelector("button").addEventListener("click", () => this.dismiss());
    if (!recorded) {
      byId("state").textContent = say("state_unrecorded");
      byId("state").title = say("state_unrecorded_hint");
    }
    // Heard only while the player's own page has the focus: keys in the course are the course's.
    document.addEventListener("keydown", (event) => {
      const button = byId("open-contents");
      if (event.altKey && event.shiftKey && event.code === "KeyC" && !button.hidden && !button.disabled) onContents();
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
    focusOnBar();
  }

  drawNotice() {
    this.shownNotice = NOTICES.find((kind) => this.notices.has(kind) && !this.dismissed.has(kind));
    const text = this.notices.get(this.shownNotice) ?? "";
    const paragraph = byId("notice").querySelector("p");
    if (paragraph.textContent !== text) paragraph.textContent = text;
    byId("notice").hidden = text === "";
  }

  /// Where the learner is, and what can be done next. `hasExit`: whether Exit is there; `contents`:
  /// whether there is something in them.
  draw({ hasExit, contents }) {
    const { navigation } = this;
    const { single } = navigation;
    const focused = document.activeElement;
    byId("open-contents").hidden = single || !contents;
    const steps = Object.values(STEPS);
    byId("steps").hidden = !steps.some((control) => (single ? navigation.canUse(control) : navigation.isShown(control)));
    for (const [id, control] of Object.entries(STEPS)) byId(id).hidden = !navigation.isShown(control);
    this.menu.draw(WAYS_OUT.filter((key) => navigation.isShown(key)).map((key) => ({
      key,
      label: this.say(`way_${key}`),
      enabled: navigation.isEnabled(key),
    })));
    byId("exit").hidden = !hasExit;
    this.drawEnabled();
    if (BUTTONS.includes(focused?.id) && (focused.disabled || focused.offsetParent === null)) focusOnBar();
    this.drawPlace();
  }

  drawEnabled() {
    for (const id of BUTTONS) {
      byId(id).disabled = this.isBusy || (id in STEPS && !this.navigation.isEnabled(STEPS[id]));
    }
  }

  drawPlace() {
    const { course } = this;
    const { single, current, place } = this.navigation;
    const named = current !== undefined && !single && current.title !== course;
    byId("title").textContent = named ? current.title : course;
    byId("title").title = named ? `${course}: ${current.title}` : course;
    byId("position").textContent = single || place.at === 0 ? "" : this.say("position", place);
    document.title = named ? this.say("page_title", { part: current.title, course }) : course;
  }

  /// While one part is left and the next one comes, nothing else can be begun.
  busy(busy) {
    this.isBusy = busy;
    if (busy) this.menu.close();
    this.drawEnabled();
  }

  /// The session is over: the bar only tells where this was.
  over() {
    this.busy(true);
    this.notices.clear();
    this.drawNotice();
    for (const id of ["open-contents", "steps", "more", "exit"]) byId(id).hidden = true;
  }
}

/// The focus must not be lost with the button that had it.
function focusOnBar() {
  const usable = ["exit", "open-contents"].map(byId).find((button) => !button.hidden && !button.disabled);
  (usable ?? byId("content")).focus();
}

function fillTexts(say) {
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = say(element.dataset.placeholder);
}
