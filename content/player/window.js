// A window of its own for content that was made for one. The learner opens it with a click, so that no
// popup blocker interferes, and the player's page, where content finds the API as its opener's, stays
// beside it. One window serves all parts of the course.
import { pageIn } from "./stage.js";

const BLANK = "about:blank";
/// A document can hold the blank page up.
const BLANK_WAIT_MS = 4000;
const WATCH_MS = 300;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class WindowStage {
  /// `stage` is the frame, for browsers that open no window; `size` is `{width, height}`, null where
  /// the browser chooses. `onClosed` hears that the learner has closed the window.
  constructor({ stage, size, name, panel, say, onFailed, onClosed }) {
    Object.assign(this, { stage, size, name, panel, say, onFailed, onClosed });
    this.shown = null;
    this.window = null;
    addEventListener("pagehide", () => this.close());
  }

  get isOpen() {
    return this.window !== null && !this.window.closed;
  }

  /// The content plays in the page after all.
  get isInPage() {
    return this.stage.wanted !== null;
  }

  show(url, names, delivered) {
    this.shown = { url: new URL(url, location.href).href, names, delivered };
    if (!this.isOpen) return this.offer("window_title", "window_text");
    this.window.location.replace(this.shown.url);
    this.playing();
  }

  offer(title, text, more = []) {
    const open = { label: this.say("window_open"), run: () => this.open(), primary: true };
    this.panel.show({ title: this.say(title, this.shown.names), text: this.say(text), actions: [open, ...more] });
  }

  open() {
    this.window = window.open(this.shown.url, this.name, this.features());
    if (this.window === null) {
      const here = { label: this.say("window_here"), run: () => this.openInPage() };
      return this.offer("window_blocked_title", "window_blocked_text", [here]);
    }
    this.window.focus();
    this.playing();
    this.watch();
  }

  openInPage() {
    const { url, names, delivered } = this.shown;
    this.panel.hide();
    this.stage.show(url, names, delivered);
    this.stage.focus();
  }

  features() {
    const { width, height } = this.size;
    const sizes = [width && `width=${width}`, height && `height=${height}`].filter(Boolean);
    return ["popup", "resizable", "scrollbars", ...sizes].join();
  }

  playing() {
    const front = { label: this.say("window_front"), run: () => this.window.focus(), primary: true };
    this.panel.show({
      title: this.say("window_playing_title", this.shown.names),
      text: this.say("window_playing_text"),
      actions: [front],
    });
  }

  /// No event tells that a window was closed, or what a page in it was answered with.
  watch() {
    clearInterval(this.watching);
    let told = null;
    this.watching = setInterval(() => {
      if (!this.isOpen) {
        clearInterval(this.watching);
        if (this.shown !== null) this.onClosed();
        return;
      }
      const status = this.httpStatus();
      if (status >= 400 && told !== this.shown?.url) {
        told = this.shown?.url;
        this.onFailed(status);
      }
    }, WATCH_MS);
  }

  httpStatus() {
    try {
      return this.window.performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0;
    } catch {
      return 0;
    }
  }

  holds(address) {
    return this.isInPage && this.stage.holds(address);
  }

  /// The page of the course that is shown, as the frame tells it.
  get page() {
    if (this.isInPage) return this.stage.page;
    return this.isOpen && this.shown !== null ? pageIn(this.window) : null;
  }

  lead(address) {
    this.stage.lead(address);
  }

  focus() {
    if (this.isInPage) this.stage.focus();
    else if (this.isOpen) this.window.focus();
  }

  /// Brings the content back in front of a message about it; false when its window is gone.
  front() {
    if (this.isInPage) return this.stage.front(this.panel);
    this.focus();
    return this.isOpen;
  }

  /// Empties the window; settles after the handlers of the old document have run.
  async blank() {
    this.shown = null;
    if (this.isInPage) return this.stage.blank();
    if (!this.isOpen) return;
    this.window.location.replace(BLANK);
    const tired = Date.now() + BLANK_WAIT_MS;
    while (this.isOpen && !this.isBlank()) {
      if (Date.now() > tired) return this.close();
      await pause(20);
    }
  }

  isBlank() {
    try {
      return this.window.location.href === BLANK;
    } catch {
      return false;
    }
  }

  close() {
    this.shown = null;
    clearInterval(this.watching);
    if (this.isOpen) this.window.close();
  }

  install(name, api) {
    this.stage.install(name, api);
  }
}
