// What a learner would use next in the pages of a course. The runner sends this file to the browser
// and then calls `look(used)` or `standing()`.

const USABLE = "a[href], area[href], button, input, select, textarea, summary, [onclick], [contenteditable=true], "
  + "[role=button], [role=link], [role=radio], [role=checkbox], [role=option], [role=menuitem], [role=tab], [tabindex='0']";
const ELEMENTS_MAX = 6000;
/// Words on controls, by how much a learner wants them. What comes first wins.
const WORDS = [
  [-1, /\b(previous|prev|back|zurück|retour|anterior|indietro|restart|retry|reset|start over|clear|print|mute|volume|audio|sound|full ?screen|settings|search|share|e-?mail|replay|rewind|download|glossary|help|resources|captions?|sign out|log ?out|cancel)\b|上一|назад/i],
  [10, /\b(exit|quit|close|leave|beenden|sortir|salir)\b|^[x×✕]$/i],
  [88, /\b(start|begin|launch|enter|get started|take the quiz|starten|commencer|comenzar|inizia)\b|开始|開始|начать/i],
  [80, /\b(submit|check|confirm|send|ok|yes|accept|agree|i understand|got it|turn|show (answer|solution)|grade|absenden|prüfen|valider|enviar)\b|提交|ответить/i],
  [70, /\b(next|continue|forward|proceed|resume|weiter|suivant|siguiente|próxim[ao]|avanti|volgende|ileri|devam)\b|下一|繼續|继续|далее|^[>›»→▶]+$/i],
  [40, /\b(finish|complete|completed|done|mark|fertig|terminer|finalizar|bitir)\b|完成/i],
];
const EXPLORE = 30;
/// Something used before on the same page, where it led nowhere else.
const AGAIN = 40;
const AWAY = /\.(pdf|docx?|pptx?|xlsx?|zip|mp[34])([?#]|$)/i;

/// A number for a text.
function digest(text) {
  let number = 5381;
  for (const character of text) number = (number * 33 + character.codePointAt(0)) | 0;
  return (number >>> 0).toString(36);
}

/// The documents that are shown, with where they lie in the window.
function documents(view, at, into) {
  try {
    if (!view.document?.documentElement) return into;
  } catch {
    return into;
  }
  into.push({ view, at });
  for (const frame of view.document.querySelectorAll("iframe, frame")) {
    const box = frame.getBoundingClientRect();
    if (box.width < 8 || box.height < 8) continue;
    documents(frame.contentWindow, { x: at.x + box.left + frame.clientLeft, y: at.y + box.top + frame.clientTop }, into);
  }
  return into;
}

/// The windows of the course: below the player's frame, or this one when it is the course's own.
function course() {
  const frame = document.querySelector("iframe#frame");
  if (frame === null) return documents(window, { x: 0, y: 0 }, []);
  const box = frame.getBoundingClientRect();
  return documents(frame.contentWindow, { x: box.left, y: box.top }, []);
}

function isSeen(view, element) {
  const style = view.getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return box.width > 4 && box.height > 4 && style.visibility === "visible" && Number(style.opacity) > 0.05
    && style.pointerEvents !== "none" && !element.disabled && element.getAttribute("aria-disabled") !== "true";
}

/// The middle of an element, unless something lies over it. What is out of view is not asked.
function middle(view, element) {
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  if (x < 0 || y < 0 || x >= view.innerWidth || y >= view.innerHeight) return { x, y, outside: true };
  const over = view.document.elementFromPoint(x, y);
  const reached = over !== null && (element.contains(over) || over.contains(element));
  return reached ? { x, y, outside: false } : null;
}

function words(element) {
  const said = [element.getAttribute("aria-label"), element.innerText, element.value, element.title, element.alt]
    .find((text) => typeof text === "string" && text.trim() !== "");
  const inside = element.querySelector?.("[alt], [aria-label], [title]");
  const own = said ?? inside?.getAttribute("alt") ?? inside?.getAttribute("aria-label") ?? inside?.getAttribute("title") ?? "";
  // Where nothing is said, authors name what it is for.
  const name = `${element.id} ${element.getAttribute("name") ?? ""} ${element.getAttribute("class") ?? ""} ${element.getAttribute("href") ?? ""} ${element.getAttribute("onclick") ?? ""}`;
  const named = own.trim() === "" ? name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[_\-./()]+/g, " ") : own;
  return named.trim().replace(/\s+/g, " ").slice(0, 60);
}

/// What kind of answer an element is, and the question that it belongs to.
function answer(element) {
  const role = element.getAttribute("role");
  const type = element.localName === "input" ? element.type : element.localName;
  if (["radio", "checkbox"].includes(type) || ["radio", "checkbox"].includes(role)) {
    const group = element.closest("fieldset, form, ul, ol, table, [role=radiogroup], [role=group]") ?? element.parentElement;
    const all = [...group.querySelectorAll("input[type=radio], input[type=checkbox], [role=radio], [role=checkbox]")];
    const mine = all.filter((one) => one.name === element.name);
    const isTaken = (one) => one.checked === true || one.getAttribute("aria-checked") === "true";
    return { kind: "click", open: !mine.some(isTaken) };
  }
  if (type === "select") return { kind: "select", open: element.selectedIndex <= 0 && element.options.length > 1 };
  if (["text", "textarea", "number", "email"].includes(type)) return { kind: "type", open: element.value === "" && !element.readOnly };
  return null;
}

function leadsAway(element) {
  const link = element.closest?.("a[href]");
  if (!link) return false;
  const href = String(link.getAttribute("href"));
  if (/^(mailto|tel):/i.test(href) || AWAY.test(href)) return true;
  return /^https?:/i.test(href) && new URL(href, location.href).origin !== location.origin;
}

function rank(element, text) {
  const asked = answer(element);
  if (asked !== null) return asked.open ? 85 : -1;
  const found = WORDS.find(([, pattern]) => pattern.test(text));
  return found === undefined ? EXPLORE : found[0];
}

function isUsable(view, element) {
  if (element.matches(USABLE)) return element.type !== "hidden";
  const parent = element.parentElement;
  const points = (one) => view.getComputedStyle(one).cursor === "pointer";
  return points(element) && (parent === null || !points(parent));
}

function place(element) {
  const steps = [];
  for (let one = element; one?.parentElement && steps.length < 6; one = one.parentElement) {
    steps.push(`${one.localName}${[...one.parentElement.children].indexOf(one)}`);
  }
  return steps.join("<");
}

/// Everything that can be used, the best first.
function choices(pages, page, used) {
  const found = [];
  for (const { view, at } of pages) {
    for (const element of [...view.document.querySelectorAll("body *")].slice(0, ELEMENTS_MAX)) {
      if (!isUsable(view, element) || !isSeen(view, element) || leadsAway(element)) continue;
      const point = middle(view, element);
      if (point === null) continue;
      const label = words(element);
      const key = digest(`${view.location.pathname} ${place(element)} ${label}`);
      const times = used[`${page} ${key}`] ?? 0;
      const ever = used[key] ?? 0;
      const base = rank(element, label);
      const wanted = base - AGAIN * times - (base === EXPLORE ? 3 * ever : 0);
      if (base > 0 && wanted > 0) found.push({ view, at, element, point, label, key, wanted });
    }
  }
  return found.sort((one, other) => other.wanted - one.wanted);
}

/// Fills a field with what is a word and a number alike.
function fill(element, kind) {
  if (kind === "select") element.selectedIndex = 1;
  else element.value = "1";
  for (const name of ["input", "change"]) element.dispatchEvent(new Event(name, { bubbles: true }));
}

/// What the pages show: one number for what can be read, and one for every state of it.
function shown(pages) {
  const texts = pages.map(({ view }) => {
    const { body, images } = view.document;
    const pictures = [...(images ?? [])].filter((image) => isSeen(view, image)).map((image) => image.src);
    return `${view.location.pathname}${view.location.hash} ${(body?.innerText ?? "").replace(/\d+/g, "")} ${pictures}`;
  });
  const states = pages.map(({ view }) => {
    const fields = [...view.document.querySelectorAll("input, select, textarea, [aria-checked], [aria-selected]")];
    const points = [...view.document.querySelectorAll("body *")].slice(0, ELEMENTS_MAX).filter((one) => isSeen(view, one)).length;
    return `${points} ${fields.map((one) => `${one.checked}${one.value}${one.getAttribute("aria-checked")}`)}`;
  });
  return { page: digest(texts.join("\n")), state: digest(texts.concat(states).join("\n")) };
}

/// What a learner sees, and what they would use next: it is filled in at once, or to be clicked at
/// `x` and `y`.
function look(used) {
  const pages = course();
  const { page, state } = shown(pages);
  const [best] = choices(pages, state, used);
  const text = pages.map(({ view }) => view.document.body?.innerText ?? "").join(" ").trim();
  if (best === undefined) return { page, state, text: text.slice(0, 200), next: null };
  const { view, at, element, label, key, wanted } = best;
  if (best.point.outside) element.scrollIntoView({ block: "center", inline: "center" });
  const asked = answer(element);
  const next = { label, key, wanted, kind: asked?.kind ?? "click" };
  if (next.kind !== "click") fill(element, next.kind);
  const point = middle(view, element) ?? best.point;
  // A field that is hidden behind its label is clicked by script, like one that cannot be scrolled to.
  if (next.kind === "click" && point.outside) {
    element.click();
    next.kind = "script";
  }
  return { page, state, text: text.slice(0, 200), next: { ...next, x: Math.round(at.x + point.x), y: Math.round(at.y + point.y) } };
}

/// Where the player stands.
function standing() {
  const byId = (id) => document.getElementById(id);
  const usable = (button) => button !== null && !button.disabled && button.getClientRects().length > 0;
  const panel = byId("panel");
  const isOpen = panel !== null && !panel.hidden;
  const actions = isOpen ? [...panel.querySelectorAll("#panel-actions button")] : [];
  const frame = byId("frame");
  return {
    panel: isOpen ? panel.innerText.trim().replace(/\s+/g, " ") : null,
    actions: actions.map((button) => button.textContent),
    over: isOpen && byId("exit").hidden,
    busy: byId("exit")?.disabled === true && !byId("exit").hidden,
    next: usable(byId("next")),
    contents: usable(byId("open-contents")),
    exit: usable(byId("exit")),
    more: usable(byId("more")),
    position: byId("position")?.textContent ?? "",
    state: byId("state")?.dataset.state ?? "",
    notice: byId("notice")?.hidden === false ? byId("notice").innerText : null,
    activity: frame?.dataset.activity ?? null,
    overflows: document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight,
  };
}

/// Opens a part of the contents whose id is not in `seen`; the id, if there is one.
function choose(seen) {
  const parts = [...document.querySelectorAll("#contents-list button.part:not([aria-disabled=true])")];
  const fresh = parts.find((part) => !seen.includes(part.dataset.id) && !part.hasAttribute("aria-current"));
  if (fresh === undefined) document.getElementById("contents").close();
  else fresh.click();
  return fresh?.dataset.id ?? null;
}
