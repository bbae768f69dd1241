// The API log: every call of the content as it happens, for authors.

/// The panel stays quick with this many rows; the download has all calls.
const ROWS_MAX = 2000;

const ASKS_ABOUT_ERRORS = /Get(LastError|ErrorString|Diagnostic)$/;

const twoDigits = (number, width = 2) => String(number).padStart(width, "0");

function clock(milliseconds) {
  const date = new Date(milliseconds);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => twoDigits(part));
  return `${parts.join(":")}.${twoDigits(date.getMilliseconds(), 3)}`;
}

export class Log {
  /// `file` names the download; `errorName(code)` is the standard's own text for a code and
  /// `noteText(note)` says in what a call that was accepted departs from it.
  constructor({ panel, toggle, say, file, errorName, noteText }) {
    Object.assign(this, { panel, toggle, say, file, errorName, noteText });
    this.calls = [];
    this.pick = (name) => panel.querySelector(`[data-${name}]`);
    this.rows = this.pick("rows");
    toggle.hidden = false;
    toggle.addEventListener("click", () => this.show(panel.hidden));
    this.pick("close").addEventListener("click", () => { this.show(false); toggle.focus(); });
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.show(false); toggle.focus(); }
    });
    this.pick("filter").addEventListener("input", () => this.draw());
    this.pick("errors").addEventListener("change", () => this.draw());
    this.pick("copy").addEventListener("click", () => this.copy());
    this.pick("download").addEventListener("click", () => this.download());
    this.count();
  }

  show(visible) {
    this.panel.hidden = !visible;
    this.toggle.setAttribute("aria-expanded", String(visible));
    if (!visible) return;
    this.draw();
    this.rows.closest(".scroll").focus();
  }

  /// A call `{name, args, result, error, note?, at, by?}` of `activity`; `late` when the content made
  /// it after its part was closed.
  add(activity, { name, args, result, error, note = "", at, by }, late = false) {
    // GetLastError and its like repeat an error that is not theirs.
    const own = ASKS_ABOUT_ERRORS.test(name) ? "0" : error;
    this.keep({ activity, at, function: name, arguments: args, result, error: own, note, late, by });
  }

  /// A navigation request, and what the server made of it.
  navigated(request, { sentence, refused, trace }) {
    const wanted = typeof request === "string" ? [request] : Object.entries(request).flat();
    const call = { activity: "", at: Date.now(), function: "navigate", arguments: wanted, result: sentence };
    this.keep({ ...call, error: refused?.code ?? "0", note: "", late: false, trace });
  }

  keep(call) {
    this.calls.push(call);
    if (this.panel.hidden) return;
    if (this.matches(call)) this.append(call);
    this.count();
  }

  text(call) {
    // As the content gave it: escapes would only hide what is wrong with it.
    return `${call.function}(${call.arguments.map((argument) => `"${argument}"`).join(", ")})`;
  }

  error(call) {
    const name = call.error === "0" ? "" : `${call.error} ${this.errorName(call.error)}`.trim();
    const by = call.by === undefined ? "" : `by the ${call.by}`;
    return [name, this.noteText(call.note), call.late ? this.say("log_late") : "", by].filter(Boolean).join("; ");
  }

  matches(call) {
    if (this.pick("errors").checked && call.error === "0" && !call.late) return false;
    const wanted = this.pick("filter").value.trim().toLowerCase();
    return wanted === "" || `${this.text(call)} ${call.result} ${this.error(call)}`.toLowerCase().includes(wanted);
  }

  draw() {
    const shown = this.calls.filter((call) => this.matches(call)).slice(-ROWS_MAX);
    this.rows.replaceChildren(...shown.map((call) => this.row(call)));
    this.count();
    this.follow();
  }

  append(call) {
    const box = this.rows.closest(".scroll");
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 40;
    this.rows.append(this.row(call));
    if (this.rows.childElementCount > ROWS_MAX) this.rows.firstElementChild.remove();
    if (atEnd) this.follow();
  }

  follow() {
    const box = this.rows.closest(".scroll");
    box.scrollTop = box.scrollHeight;
  }

  row(call) {
    const row = document.createElement("tr");
    if (call.error !== "0" || call.late) row.className = "error";
    const cells = [clock(call.at), this.text(call), String(call.result), this.error(call)];
    row.append(...cells.map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text.length > 500 ? `${text.slice(0, 500)}… (${text.length})` : text;
      return cell;
    }));
    if (call.trace?.length > 0) row.cells[2].replaceChildren(folded(String(call.result), call.trace));
    return row;
  }

  count() {
    this.pick("count").textContent = this.calls.length === 0
      ? this.say("log_none")
      : this.say("log_count", { shown: this.rows.childElementCount, all: this.calls.length });
  }

  lines() {
    return this.calls
      .map((call) => [clock(call.at), call.activity, this.text(call), JSON.stringify(call.result), this.error(call)].join("\t"))
      .join("\n");
  }

  async copy() {
    const button = this.pick("copy");
    try {
      await navigator.clipboard.writeText(this.lines());
    } catch {
      // No clipboard permission inside some frames; the old way needs none.
      copyBySelection(this.lines());
    }
    button.textContent = this.say("log_copied");
    setTimeout(() => { button.textContent = this.say("log_copy"); }, 2000);
  }

  download() {
    const calls = this.calls.map((call) => ({ ...call, at: new Date(call.at).toISOString(), error_name: this.errorName(call.error) }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(calls, null, 2)], { type: "application/json" }));
    link.download = this.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}

/// The rules that decided, to be unfolded.
function folded(sentence, trace) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = sentence;
  const list = document.createElement("ul");
  list.append(...trace.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
  details.append(summary, list);
  return details;
}

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden-visually";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
