// The menu of the bar: a button with a list of commands that are seldom needed.

export class Menu {
  /// `onChoose(key)` is called when a command is picked that can be used.
  constructor({ button, menu, onChoose }) {
    Object.assign(this, { button, menu, onChoose });
    button.addEventListener("click", () => (menu.hidden ? this.open() : this.close()));
    button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      this.open(event.key === "ArrowUp" ? -1 : 0);
    });
    menu.addEventListener("keydown", (event) => this.key(event));
    menu.addEventListener("click", ({ target }) => this.choose(target.closest("button")));
    document.addEventListener("pointerdown", ({ target }) => {
      if (!menu.contains(target) && !button.contains(target)) this.close();
    });
    // A click in the course is not heard here, but it takes the focus from this page.
    addEventListener("blur", () => this.close());
  }

  /// The commands, `[{key, label, enabled}]`; without any there is no menu.
  draw(commands) {
    const drawn = JSON.stringify(commands);
    this.button.hidden = commands.length === 0;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = document.activeElement?.closest("#more-menu button")?.dataset.key;
    this.menu.replaceChildren(...commands.map(item));
    if (commands.length === 0) this.close();
    else if (focused !== undefined) (this.items.find(({ dataset }) => dataset.key === focused) ?? this.items[0]).focus();
  }

  get items() {
    return [...this.menu.querySelectorAll("button")];
  }

  open(at = 0) {
    this.menu.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.items.at(at)?.focus();
  }

  close() {
    this.menu.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
  }

  /// One that cannot be used stays in reach, so that it is known to be there.
  choose(item) {
    if (item === null || item.getAttribute("aria-disabled") === "true") return;
    this.close();
    this.button.focus();
    this.onChoose(item.dataset.key);
  }

  key(event) {
    const { items } = this;
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length).focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      this.close();
      // From the button on, Tab goes where it would have gone without the menu.
      this.button.focus();
    }
  }
}

function item({ key, label, enabled }) {
  const button = document.createElement("button");
  button.type = "button";
  button.role = "menuitem";
  button.tabIndex = -1;
  button.dataset.key = key;
  button.textContent = label;
  if (!enabled) button.setAttribute("aria-disabled", "true");
  return button;
}
