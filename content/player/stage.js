// The frame that the course plays in, and the API object where the content looks for it.

const BLANK = "about:blank";
/// A document can hold the blank page up; then the frame is replaced.
const BLANK_WAIT_MS = 4000;

/// What a closed part's API answers (SCORM 2004 RTE 3.1.7; SCORM 1.2 RTE 3.1.2.2: 301 not initialized).
const CLOSED_CODES = { Initialize: "104", Terminate: "113", GetValue: "123", SetValue: "133", Commit: "143" };
const CLOSED_CODE_12 = "301";

export class Stage {
  constructor({ frame, onFailed, onLoaded }) {
    Object.assign(this, { frame, onFailed, onLoaded });
    this.wanted = null;
    this.listen();
  }

  listen() {
    this.frame.addEventListener("load", () => {
      if (this.wanted === null) return;
      const status = this.httpStatus();
      if (status >= 400) this.onFailed(status);
      else this.onLoaded();
    });
  }

  /// The answer's HTTP status, where the browser tells it; content of another site hides it.
  httpStatus() {
    try {
      return this.frame.contentWindow.performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0;
    } catch {
      return 0;
    }
  }

  /// Loads the content of a delivery into a frame of its own. Replacing keeps the browser's Back
  /// button out of the course's parts; the name keeps what the browser remembers of an earlier frame,
  /// as it finds frames again by their names, out of this one.
  show(url, { label }, { delivery, activity }) {
    this.replaceFrame(`attestry-content-${delivery}`);
    this.wanted = url;
    this.frame.dataset.activity = activity;
    this.frame.title = label;
    this.frame.dataset.shown = "true";
    this.frame.contentWindow.location.replace(new URL(url, location.href).href);
  }

  /// Whether an address is a file of the course, which the frame can show as well.
  holds(address) {
    const course = (url) => {
      const { origin, pathname } = new URL(url, location.href);
      return origin + pathname.split("/", 3).join("/");
    };
    return this.wanted !== null && course(address) === course(this.wanted);
  }

  /// The page of the course that the frame shows: its path in the package; null where that is unknown.
  get page() {
    return this.wanted === null ? null : pageIn(this.frame.contentWindow);
  }

  /// Shows another page of the course, unless it is there already.
  lead(address) {
    const plain = (url) => url.split("#")[0];
    const { location: here } = this.frame.contentWindow;
    if (plain(here.href) !== plain(address)) here.assign(address);
  }

  focus() {
    this.frame.focus();
    this.frame.contentWindow?.focus();
  }

  /// Brings the content back in place of a message about it; false when it is gone.
  front(panel) {
    panel.hide();
    this.focus();
    return true;
  }

  close() {}

  /// Empties the frame; settles after the old document's beforeunload, pagehide and unload handlers
  /// have run, since content sets its last values and terminates in them.
  async blank() {
    if (this.wanted === null) return;
    this.wanted = null;
    if (wouldAsk(this.frame.contentWindow)) this.replaceFrame(this.frame.name);
    else if ((await this.emptied()) === "tired") this.replaceFrame(this.frame.name);
    delete this.frame.dataset.shown;
  }

  emptied() {
    const emptied = new Promise((resolve) =>
      this.frame.addEventListener("load", () => { if (this.isBlank()) resolve("empty"); }));
    const tired = new Promise((resolve) => setTimeout(resolve, BLANK_WAIT_MS, "tired"));
    this.frame.contentWindow.location.replace(BLANK);
    return Promise.race([emptied, tired]);
  }

  /// The last document's own late load event is not the one waited for.
  isBlank() {
    try {
      return this.frame.contentWindow.location.href === BLANK;
    } catch {
      return false;
    }
  }

  /// Taking the frame out runs the content's pagehide and unload handlers and asks nobody. It is the
  /// second choice, since browsers owe those handlers only to a document that is navigated away.
  replaceFrame(name) {
    const fresh = this.frame.cloneNode(false);
    fresh.name = name;
    this.frame.replaceWith(fresh);
    this.frame = fresh;
    this.listen();
  }

  /// Puts the API where the content's search finds it: in this window, which is the parent of the
  /// frame, of its frames, and of the opener of its windows.
  install(name, api) {
    delete window.API;
    delete window.API_1484_11;
    window[name] = api;
  }
}

/// The path in its package of the page that a window shows; null where the browser hides it.
export function pageIn(view) {
  try {
    return decodeURIComponent(view.location.pathname.split("/").slice(3).join("/"));
  } catch {
    return null;
  }
}

/// Whether the content or a frame of it would have the browser ask the learner, who has just said so,
/// whether to leave. Its beforeunload handlers run for this: some content ends its session in them.
function wouldAsk(content) {
  try {
    const event = content.document.createEvent("BeforeUnloadEvent");
    event.initEvent("beforeunload", false, true);
    content.dispatchEvent(event);
    const inside = Array.from({ length: content.frames.length }, (_, at) => wouldAsk(content.frames[at]));
    return event.defaultPrevented || Boolean(event.returnValue) || inside.includes(true);
  } catch {
    // Content of another site keeps its handlers, and its question.
    return false;
  }
}

/// `api` behind a door that shuts: after `shut()` its functions answer with errors and `onLate` hears
/// the call as `createApi` tells it. Windows that outlive their part hold on to it, and even some that
/// outlive the player, which can save nothing more then.
export function withDoor(api, onLate) {
  let open = true;
  let lastError = "0";
  const late = (name, args) => {
    const plain = name.replace(/^LMS/, "").replace(/^Finish$/, "Terminate");
    if (plain === "GetLastError") return lastError;
    if (!(plain in CLOSED_CODES)) return api[name](...args);
    lastError = name.startsWith("LMS") ? CLOSED_CODE_12 : CLOSED_CODES[plain];
    const result = plain === "GetValue" ? "" : "false";
    onLate({ name, args: args.map(String), result, error: lastError, at: Date.now() });
    return result;
  };
  const door = {};
  for (const [name, member] of Object.entries(api)) {
    door[name] = typeof member === "function" ? (...args) => (open && document.defaultView !== null ? api[name](...args) : late(name, args)) : member;
  }
  return { door, shut: () => { open = false; } };
}
