// Interprets the data model table that the server serves (`table_json`): types, access, indices,
// dependencies, statuses. It knows no element by name; src/scorm/runtime/ is its twin in Rust,
// and tests/cases/ holds both to the same answers.

const STRICT = "strict";
const TARGET = ".{target=";

/** Why a call fails: `fault` names a row of the table's `faults`. */
class Refusal extends Error {
  constructor(fault) {
    super(fault);
    this.fault = fault;
  }
}

export const refuse = (fault) => {
  throw new Refusal(fault);
};

/** The fault of an error thrown here, or undefined for any other error. */
export const faultOf = (error) => (error instanceof Refusal ? error.fault : undefined);

const require = (fits) => fits || refuse("type");

// ---- types: each returns a note ("longer", "form") or undefined, or refuses ----

const REAL = /^[+-]?(\d+\.?\d*|\.\d+)$/;
const parseReal = (text) => (REAL.test(text ?? "") ? Number(text) : undefined);

const CMI_TIMESPAN = /^\d{1,9}:\d{2}:\d{2}(\.\d{1,9})?$/;
const CMI_TIME = /^(([01]?\d)|(2[0-3])):[0-5]\d:[0-5]\d(\.\d{1,9})?$/;
const TIMEINTERVAL =
  /^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,9})?S)?)?$/;
const MORE_DECIMALS = /\.\d{3}/;
const TIME =
  /^(\d{4})(-(\d\d)(-(\d\d)(T([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d{1,2}(Z|[+-]([01]\d|2[0-3])(:[0-5]\d)?)?)?)?)?)?)?)?$/;
const LOOSE_TIME =
  /^(\d{4})(-(\d\d)(-(\d\d)(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z)))$/;
const URI = /^[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%\u{a0}-\u{10ffff}]+$/u;
const SPACE = /[\p{White_Space}\p{Cc}]/u;

/** Longest text accepted leniently where the specification grants `limit` characters. */
const ceiling = (limit) => (limit >= 4000 ? 1 << 20 : 1 << 16);

function within(text, limit, strictness) {
  if (text.length <= limit) return undefined;
  if (strictness === STRICT || text.length > ceiling(limit)) refuse("too_long");
  return "longer";
}

function loosely(fits, strictness) {
  if (fits) return undefined;
  require(strictness !== STRICT);
  return "form";
}

function isUri(text) {
  if (!URI.test(text) || SPACE.test(text)) return false;
  const at = text.indexOf(":");
  if (at < 0) return true;
  const [scheme, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (rest === "") return !/^[A-Za-z0-9]*$/.test(scheme);
  return scheme.toLowerCase() !== "urn" || /^[^:]+:./.test(rest);
}

function isTime(text, form) {
  const [, year, , month, , day] = form.exec(text) ?? [];
  if (!(year >= 1970 && year <= 2038)) return false;
  if (month === undefined) return true;
  if (!(month >= 1 && month <= 12)) return false;
  if (day === undefined) return true;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return day >= 1 && day <= days;
}

const isBounded = (number, { min, max }) => number >= (min ?? -Infinity) && number <= (max ?? Infinity);

function bounded(number, format) {
  if (!isBounded(number, format)) refuse("range");
}

const TYPES = {
  text: (value, { limit }, { strictness }) => within(value, limit, strictness),
  localized(value, { limit }, { strictness, isLanguage }) {
    if (!value.startsWith("{lang=")) return within(value, limit, strictness);
    const end = value.indexOf("}");
    require(end > 0 && isLanguage(value.slice(6, end)));
    return within(value.slice(end + 1), limit, strictness);
  },
  cmi_identifier(value, { limit }, { strictness }) {
    require(/\P{White_Space}/u.test(value));
    const form = loosely(!SPACE.test(value), strictness);
    const length = within(value, limit, strictness);
    return form ?? length;
  },
  identifier(value, { limit }, { strictness }) {
    require(isUri(value));
    return within(value, limit, strictness);
  },
  language(value, { limit }, { strictness, isLanguage }) {
    require(value === "" || isLanguage(value));
    return within(value, limit, strictness);
  },
  real(value, format, { strictness }) {
    if (value === "" && format.blank) return undefined;
    require(REAL.test(value));
    if (!format.beyond || strictness === STRICT) return bounded(Number(value), format);
    return isBounded(Number(value), format) ? undefined : "form";
  },
  integer(value, format) {
    require(/^[+-]?\d{1,9}$/.test(value));
    bounded(Number(value), format);
  },
  cmi_time(value, _, { strictness }) {
    require(CMI_TIME.test(value));
    return loosely(/^\d\d:\d\d:\d\d(\.\d\d?)?$/.test(value), strictness);
  },
  cmi_timespan(value, _, { strictness }) {
    require(CMI_TIMESPAN.test(value));
    return loosely(/^\d{2,4}:/.test(value) && !MORE_DECIMALS.test(value), strictness);
  },
  time(value, _, { strictness }) {
    const fits = isTime(value, TIME);
    require(fits || isTime(value, LOOSE_TIME));
    return loosely(fits, strictness);
  },
  timeinterval(value, _, { strictness }) {
    require(TIMEINTERVAL.test(value));
    return loosely(!MORE_DECIMALS.test(value), strictness);
  },
  words(value, { words, also = [], or_real: orReal }, { strictness }) {
    if (words.includes(value) || (orReal && REAL.test(value))) return undefined;
    require(also.includes(value));
    return loosely(false, strictness);
  },
  navigation(value, { words, also = [], targeted }, { strictness }) {
    const word = /^\{target=[^}]+\}(.*)$/s.exec(value)?.[1];
    if (words.includes(value) || targeted.includes(word)) return undefined;
    require(also.includes(value));
    return loosely(false, strictness);
  },
  response: (value, _, { strictness }) => within(value, 255, strictness),
};

const check = (value, format, how) => TYPES[format.type](value, format, how);

// ---- responses of interactions ----

const PARTS = {
  one: (value, { format }, how) => check(value, format, how),
  pair(value, { first, second, one_blank: oneBlank }, how) {
    const sides = value.split("[.]");
    require(sides.length === 2 && value !== "[.]");
    const [one, other] = [first, second].map((format, at) =>
      sides[at] === "" && oneBlank ? undefined : check(sides[at], format, how),
    );
    return one ?? other;
  },
  range(value) {
    const at = value.indexOf("[:]");
    if (at < 0) return void require(REAL.test(value));
    const bound = (text, open) => (text === "" ? open : (parseReal(text) ?? NaN));
    const min = bound(value.slice(0, at), -Infinity);
    require(min <= bound(value.slice(at + 3), Infinity));
  },
  letters(value, { paired }, { strictness }) {
    if (value.length > 255) return within(value, 255, strictness);
    const inner = /^\{.*\}$/s.test(value) ? value.slice(1, -1) : value;
    const part = paired ? /^[A-Za-z0-9]\.[A-Za-z0-9]$/ : /^[A-Za-z0-9]$/;
    return loosely(inner.split(",").every((one) => part.test(one)), strictness);
  },
};

/** Cuts leading prefixes off; undefined when one is neither true nor false. */
function cut(value, prefixes) {
  const left = [...prefixes];
  let rest = value;
  for (;;) {
    const at = left.findIndex((prefix) => rest.startsWith(prefix));
    if (at < 0) return rest;
    const tail = rest.slice(left.splice(at, 1)[0].length);
    const word = ["true}", "false}"].find((one) => tail.startsWith(one));
    if (!word) return undefined;
    rest = tail.slice(word.length);
  }
}

function withoutPrefixes(value, { prefixes = [], part }, { isLanguage }) {
  if (part.format?.type === "localized" && value.startsWith("{lang=")) {
    const end = value.indexOf("}");
    if (end > 0) {
      const rest = value.slice(end + 1);
      const text = cut(rest, prefixes);
      const proper = text !== undefined && text.length < rest.length;
      return proper && isLanguage(value.slice(6, end)) ? text : value;
    }
  }
  return cut(value, prefixes) ?? refuse("type");
}

function checkResponse(value, shape, how) {
  const rest = withoutPrefixes(value, shape, how);
  if (rest === "" && shape.blank) return undefined;
  const checkPart = (part) => PARTS[shape.part.part](part, shape.part, how);
  if (shape.parts_max === 1) return checkPart(rest);
  const seen = new Set();
  let note;
  const parts = rest.split("[,]");
  for (const part of parts) {
    const found = checkPart(part);
    note ??= found;
    if (shape.parts_differ) {
      require(!seen.has(part));
      seen.add(part);
    }
  }
  if (parts.length > shape.parts_max) {
    if (how.strictness === STRICT) refuse("too_long");
    note ??= "longer";
  }
  return note;
}

// ---- names ----

/** Puts indices into the place of the `n`s of a table name. */
function fill(name, indices) {
  let next = 0;
  const put = (segment) => (segment === "n" && next < indices.length ? indices[next++] : segment);
  return name.split(".").map(put).join(".");
}

/** An index as a number; one with a leading zero lies beyond any collection. */
const indexOf = (digits) => (/^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : Infinity);

/** The collections that a name walks through, outermost first, with the index into each. */
function collections(name, indices) {
  const parts = name.split(".n.");
  return parts.slice(0, -1).map((_, at) => {
    const collection = parts.slice(0, at + 1).join(".n.");
    return [fill(collection, indices), indices[at]];
  });
}

/** The data of one attempt on one SCO under one table. */
export class DataModel {
  /**
   * `data` is the server's `RunTimeData` as JSON: `{edition, values, access?}`.
   */
  constructor({ table, data, strictness = "lenient" }) {
    this.table = table;
    this.values = new Map();
    this.size = 0;
    for (const [name, value] of Object.entries(data.values)) this.#put(name, value);
    this.access = data.access ?? {};
    this.edition = data.edition;
    this.elements = new Map(table.elements.map((element) => [element.name, element]));
    this.responses = new Map(table.responses.map((row) => [row.kind, row]));
    const languages = new Set(table.languages.split(" "));
    const isLanguage = (tag) => {
      const [code, ...subtags] = tag.split("-");
      if (!/^[A-Za-z]+$/.test(code)) return false;
      const known = /^[ix]$/i.test(code) ? tag.length > 2 : languages.has(code.toLowerCase());
      return known && subtags.every((one) => /^[A-Za-z0-9]{1,8}$/.test(one));
    };
    this.how = { strictness, isLanguage };
  }

  /** The data in the shape that the constructor takes, for the server and the inspector. */
  snapshot() {
    const values = Object.fromEntries([...this.values].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { edition: this.edition, values, access: { ...this.access } };
  }

  count(collection) {
    return Number(this.values.get(`${collection}._count`) ?? 0);
  }

  get(name) {
    if (name === "") refuse("get_nothing");
    const { element, indices } = this.#resolve(name);
    if (!(this.access[name] ?? element.access).includes("r")) refuse("write_only");
    for (const [collection, index] of collections(element.name, indices)) {
      if (index >= this.count(collection)) refuse("get_index");
    }
    if (element.format.type === "children") {
      return this.table.children[element.name.slice(0, -"._children".length)];
    }
    const stored = this.values.get(name);
    const unset = stored === "" && element.empty_is_unset;
    const value = this.#decided(element) ?? (unset ? undefined : stored) ?? element.default;
    return value ?? (this.table.scorm_2004 ? refuse("unset") : "");
  }

  /** Sets a value; returns a note when it was accepted leniently. */
  set(name, given) {
    if (name === "") refuse("set_nothing");
    const { element, indices, why } = this.#resolve(name, true);
    if (why) refuse("undefined");
    if (["children", "count", "version"].includes(element.format.type)) refuse("keyword");
    if (!(this.access[name] ?? element.access).includes("w")) refuse("read_only");
    const grown = this.#grown(element, indices);
    for (const needed of element.needs ?? []) {
      const other = fill(needed, indices);
      if (other !== name && !this.values.has(other)) refuse("dependency");
    }
    const value = element.appends ? (this.values.get(name) ?? "") + given : given;
    const note = this.#check(element, indices, value);
    if (element.once && (this.values.get(name) ?? value) !== value) refuse("once");
    if (element.unique && this.#anotherHolds(element, indices, value)) refuse("not_unique");
    const isText = ["localized", "response"].includes(element.format.type);
    const kept = isText && value === "{lang=en}" ? "" : value;
    if (this.#sizeWith(name, kept) > this.table.data_chars_max) refuse("full");
    for (const [collection, count] of grown) this.#put(`${collection}._count`, `${count}`);
    this.#put(name, kept);
    return note;
  }

  /** How long all names and values together are once `name` has `value`. */
  #sizeWith(name, value) {
    const old = this.values.get(name);
    const before = old === undefined ? 0 : name.length + old.length;
    return this.size - before + name.length + value.length;
  }

  /** Puts `values`, pairs of name and value, in the place of all below `prefix`. */
  replace(prefix, values) {
    for (const [name, value] of this.values) {
      if (!name.startsWith(prefix)) continue;
      this.size -= name.length + value.length;
      this.values.delete(name);
    }
    for (const [name, value] of values) this.#put(prefix + name, value);
  }

  #put(name, value) {
    this.size = this.#sizeWith(name, value);
    this.values.set(name, value);
  }

  #resolve(name, quietly = false) {
    const at = name.indexOf(TARGET);
    const indices = [];
    let pattern;
    if (at >= 0) {
      pattern = name.endsWith("}") ? `${name.slice(0, at)}.{target}` : "";
    } else {
      const segments = name.split(".").map((segment) => {
        if (segment === "n") return "";
        if (!/^\d+$/.test(segment)) return segment;
        indices.push(indexOf(segment));
        return "n";
      });
      pattern = segments.join(".");
    }
    const element = this.elements.get(pattern);
    if (element) return { element, indices };
    const why = at >= 0 ? "undefined" : this.#whyNot(pattern);
    return quietly ? { why } : refuse(why);
  }

  #whyNot(pattern) {
    const [, parent, keyword] = /^(.*)\.(_children|_count)$/s.exec(pattern) ?? [];
    const known = [...this.elements.keys()].some(
      (name) => name === parent || name.startsWith(`${parent}.`),
    );
    if (!known) return "undefined";
    return keyword === "_count" ? "no_count" : "no_children";
  }

  #decided({ decided_by: rule }) {
    const threshold = rule && parseReal(this.values.get(rule.at));
    if (threshold === undefined) return undefined;
    const measure = parseReal(this.values.get(rule.measure));
    if (measure === undefined) return rule.unmeasured;
    return measure >= threshold ? rule.met : rule.unmet;
  }

  #grown(element, indices) {
    const grown = [];
    for (const [collection, index] of collections(element.name, indices)) {
      const count = this.count(collection);
      if (index < count) continue;
      const counter = this.#resolve(`${collection}._count`, true).element;
      if (index > count || !counter?.format.grows) refuse("set_index");
      if (count >= this.table.entries_max) refuse("full");
      grown.push([collection, count + 1]);
    }
    return grown;
  }

  #check(element, indices, value) {
    const { format } = element;
    const kind = format.kind && this.values.get(fill(format.kind, indices));
    const row = this.responses.get(kind);
    if (!row) return check(value, format, this.how);
    if (format.role === "learner") return checkResponse(value, row.learner, this.how);
    if (indices[1] >= (row.patterns_max ?? Infinity)) refuse("too_many_patterns");
    const note = checkResponse(value, row.pattern, this.how);
    if (row.patterns_differ && this.#anotherHolds(element, indices, value)) refuse("not_unique");
    return note;
  }

  #anotherHolds(element, indices, value) {
    const at = element.name.lastIndexOf(".n.");
    const collection = fill(element.name.slice(0, at), indices.slice(0, -1));
    const leaf = element.name.slice(at + 3);
    for (let other = 0; other < this.count(collection); other += 1) {
      if (other !== indices.at(-1) && this.values.get(`${collection}.${other}.${leaf}`) === value) {
        return true;
      }
    }
    return false;
  }
}
