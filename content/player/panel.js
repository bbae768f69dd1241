// One message in place of the course: what happened, what was kept, what to do.

export class Panel {
  constructor({ panel, frame }) {
    this.panel = panel;
    this.frame = frame;
    this.title = panel.querySelector("h2");
    this.text = panel.querySelector("#panel-text");
    this.actions = panel.querySelector("#panel-actions");
    this.form = panel.querySelector("form");
  }

  /// `actions`: `[{label, run, primary}]`; `form`: whether the form is below the text. Focus goes to the first action, else to the heading, so
  /// that a screen reader reads the message.
  show({ title, text, actions = [], form = false, focus = true }) {
    clearTimeout(this.timer);
    const same = !this.panel.hidden && this.title.textContent === title;
    this.title.textContent = title;
    this.text.textContent = text;
    this.actions.replaceChildren(...actions.map(button));
    this.form.hidden = !form;
    this.panel.hidden = false;
    this.frame().inert = true;
    if (!same && focus) this.title.focus();
  }

  /// Shows it unless `hide` comes first: what is over quickly needs no words.
  showSoon(message, milliseconds = 600) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(message), milliseconds);
  }

  hide() {
    clearTimeout(this.timer);
    this.panel.hidden = true;
    this.frame().inert = false;
  }
}

function button({ label, run, primary }) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = primary ? "primary" : "secondary";
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}
