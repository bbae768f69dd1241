// The frame that the course plays in, and the API object where the content looks for it.

const BLANK = "about:blank";
/// Content that asks "really leave?" can hold the blank page up; then the frame is replaced.
const BLANK_WAIT_MS = 4000;

/// What a closed part's API answers (SCORM 2004 RTE 3.1.7; SCORM 1.2 RTE 3.1.2.2: 301 not initialized).
const CLOSED_CODES = { Initialize: "104", Terminate: "113", GetValue: "123", SetValue: "133", Commit: "143" };
const CLOSED_CODE_12 = "301";

export class Stage {
  constructor({ frame, onFailed }) {
    Object.assign(this, { frame, onFailed });
    this.wanted = null;
    this.listen();
  }

  listen() {
    this.frame.addEventListener("load", () => {
      if (this.wanted === null) return;
      const status = this.httpStatus();
      if (status >= 400) this.onFailed(status);
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

  /// Loads the content. Replacing keeps the browser's Back button out of the course's parts.
  show(url, title) {
    this.wanted = url;
    this.frame.title = title;
    this.frame.dataset.shown = "true";
    this.frame.contentWindow.location.replace(new URL(url, location.href).href);
  }

  focus() {
    this.frame.focus();
    this.frame.contentWindow?.focus();
  }

  /// Empties the frame; settles after the old document's beforeunload, pagehide and unload handlers
  /// have run, since content sets its last values and terminates in them.
  async blank() {
    if (this.wanted === null) return;
    this.wanted = null;
    const emptied = new Promise((resolve) =>
      this.frame.addEventListener("load", () => { if (this.isBlank()) resolve(); }));
    const tired = new Promise((resolve) => setTimeout(resolve, BLANK_WAIT_MS, "tired"));
    askNothing(this.frame.contentWindow);
    this.frame.contentWindow.location.replace(BLANK);
    if ((await Promise.race([emptied, tired])) === "tired") this.replaceFrame();
    delete this.frame.dataset.shown;
  }

  /// The last document's own late load event is not the one waited for.
  isBlank() {
    try {
      return this.frame.contentWindow.location.href === BLANK;
    } catch {
      return false;
    }
  }

  /// Taking the frame out runs the content's unload handlers and asks nobody.
  replaceFrame() {
    const fresh = this.frame.cloneNode(false);
    this.frame.replaceWith(fresh);
    this.frame = fresh;
    this.listen();
  }

  /// Puts the API where the content's search finds it: in this window, which is the parent of the
  /// frame, of its frames, and of the opener of its windows.
  install(name, api) {
    delete window.API;
    delete window.API_1484_11;
    if (api !== null) window[name] = api;
  }
}

/// Runs the content's beforeunload handlers, in which some content ends its session, but spares the
/// learner the browser's question whether to leave: they have just said so.
function askNothing(content) {
  try {
    content.dispatchEvent(new content.Event("beforeunload", { cancelable: true }));
    content.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });
  } catch {
    // Content of another site keeps its handlers, and its question.
  }
}

/// `api` behind a door that shuts: after `shut()` its functions answer with errors and `onLate` hears
/// the call as `createApi` tells it. Windows that outlive their part hold on to it.
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
    door[name] = typeof member === "function" ? (...args) => (open ? api[name](...args) : late(name, args)) : member;
  }
  return { door, shut: () => { open = false; } };
}
