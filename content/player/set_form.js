// The inspector's own calls: through the same API as the content's, with the same errors.

const BUTTONS = { set: "SetValue", get: "GetValue", commit: "Commit" };

export class SetForm {
  /// `call(function, args)` makes a call and gives `{result, error}`.
  constructor({ form, is2004, call, errorName, onSet }) {
    Object.assign(this, { form, call, errorName, onSet });
    this.prefix = is2004 ? "" : "LMS";
    for (const [name, label] of Object.entries(BUTTONS)) this.pick(name).textContent = this.prefix + label;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.make("SetValue", [this.element, this.pick("value").value]);
    });
    this.pick("get").addEventListener("click", () => this.make("GetValue", [this.element]));
    this.pick("commit").addEventListener("click", () => this.make("Commit", [""]));
    // A value of one line is set by Enter; Shift and Enter begin another line.
    this.pick("value").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
  }

  pick(name) {
    return this.form.querySelector(`[data-${name}]`);
  }

  get element() {
    return this.pick("element").value.trim();
  }

  /// Offers the elements of a data model to be typed.
  offer({ table }) {
    const names = table.elements.map(({ name }) => name).filter((name) => !name.includes(".n.") && !name.includes("{"));
    this.form.querySelector("datalist").replaceChildren(...names.map((name) => new Option(name, name)));
  }

  fill(name, value) {
    this.pick("element").value = name;
    this.pick("value").value = value;
    this.pick("answer").textContent = "";
    this.pick("value").focus();
    this.pick("value").select();
  }

  make(kind, args) {
    const answer = this.call(`${this.prefix}${kind}`, args);
    const shown = this.pick("answer");
    if (answer === null) {
      shown.textContent = "No part is in the frame.";
      shown.className = "refused";
      return;
    }
    const { result, error } = answer;
    const name = error === "0" ? "" : ` with error ${error} ${this.errorName(error)}`;
    shown.textContent = `${kind} gave "${result}"${name}.`;
    shown.className = error === "0" ? "" : "refused";
    this.onSet();
  }
}
