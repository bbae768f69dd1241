// The step after completion: the learner signs with their name that they have completed the course.
import { sentence } from "./messages.js";

const TIMEOUT_MS = 30_000;
/// Fields by the pointers of the server's problem documents.
const FIELDS = { "/name": "name", "/consent": "consent" };

export class Signing {
  /// `form` is the one in `panel`. `language`: that of the course's own words. `address`: where it is
  /// sent to; `kind`: which words stand above it.
  constructor({ say, panel, form, language, address = "rte/attest", kind = "course" }) {
    Object.assign(this, { say, panel, form, language, address, kind });
    this.name = form.elements.namedItem("name");
    this.consent = form.elements.namedItem("consent");
    this.submit = form.querySelector("[type=submit]");
    this.text = form.querySelector("blockquote");
    this.text.lang = language;
    for (const field of [this.name, this.consent]) {
      field.addEventListener("input", () => this.fault(field, ""));
    }
    this.name.addEventListener("input", () => this.draw());
    // What was typed and taken away again is told of when the field is left.
    this.name.addEventListener("change", () => this.fault(this.name, this.typed === "" ? say("sign_no_name") : ""));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.sign();
    });
    form.querySelector("[data-later]")?.addEventListener("click", () => this.settle());
  }

  /// Asks for what is `due`; settles when it is signed or put off. `focus`: whether the form comes in
  /// the place of something else.
  ask(due, { focus = true } = {}) {
    this.due = due;
    this.form.reset();
    for (const field of [this.name, this.consent]) this.fault(field, "");
    this.refused("");
    this.draw();
    const words = this.kind === "policy" ? "sign_policy" : "sign";
    this.panel.show({ title: this.say(`${words}_title`), text: this.say(`${words}_text`), form: true, focus });
    return new Promise((resolve) => { this.settle = resolve; });
  }

  /// White space around and within a name is of the keyboard: the server leaves it out, too.
  get typed() {
    return this.name.value.trim().split(/\s+/).join(" ");
  }

  /// The text as it is signed, with the name in it as it stands.
  draw() {
    const nodes = this.due.text.flatMap((piece, at) => (at === 0 ? [piece] : [this.signer(), piece]));
    this.text.replaceChildren(...nodes);
  }

  signer() {
    const shown = document.createElement("strong");
    shown.textContent = this.typed || this.say("sign_your_name");
    return shown;
  }

  fault(field, text) {
    const shown = this.form.querySelector(`#${field.getAttribute("aria-describedby")}`);
    shown.textContent = text;
    if (text === "") field.removeAttribute("aria-invalid");
    else field.setAttribute("aria-invalid", "true");
  }

  refused(text) {
    this.form.querySelector("[role=alert]").textContent = text;
  }

  async sign() {
    if (this.submit.disabled) return;
    const missing = [
      [this.name, this.typed === "" && this.say("sign_no_name")],
      [this.consent, !this.consent.checked && this.say("sign_no_consent")],
    ];
    for (const [field, fault] of missing) this.fault(field, fault || "");
    const first = missing.find(([, fault]) => fault);
    if (first !== undefined) return first[0].focus();
    this.refused("");
    this.submit.disabled = true;
    try {
      await this.send();
    } finally {
      this.submit.disabled = false;
    }
  }

  async send() {
    const { version, text_sha256 } = this.due;
    const body = JSON.stringify({ name: this.name.value, consent: true, version, text_sha256 });
    let status = 0;
    let answer = null;
    try {
      const response = await fetch(this.address, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
      status = response.status;
      answer = await response.json();
    } catch {
      // No answer, or one that is none: to send it again does no harm.
      return this.refused(this.say("sign_no_answer"));
    }
    if (status === 200) return this.signed(answer);
    if (status >= 500 || status === 429) return this.refused(this.say("sign_no_answer"));
    if (status === 403 || status === 410) return this.refused(this.say("sign_too_late"));
    this.told(answer);
  }

  /// What the server says of the fields, else of the whole.
  told({ errors = [], detail = "" }) {
    const fields = errors.filter(({ pointer }) => pointer in FIELDS);
    for (const { pointer, detail: fault } of fields) this.fault(this[FIELDS[pointer]], fault);
    if (fields.length > 0) this[FIELDS[fields[0].pointer]].focus();
    else this.refused(sentence(detail));
  }

  signed({ name, signed_at, already }) {
    const at = new Date(signed_at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
    this.panel.show({
      title: this.say("signed_title"),
      text: this.say(already ? "signed_before" : "signed_text", { name, at }),
      actions: this.settle === undefined || this.kind === "policy" ? [] : [{ label: this.say("sign_go_on"), run: () => this.settle(), primary: true }],
    });
  }
}
