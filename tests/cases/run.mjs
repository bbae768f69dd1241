// Runs the case tables on the browser's interpreter, in a page or in node:
//   node tests/cases/run.mjs TABLES.json CASES.json…
// where TABLES.json holds the server's tables by edition ({"scorm12": …, …}).

import { createApi } from "../../content/player/api/api.js";

const ARITY = { SetValue: 2, GetLastError: 0 };
const arity = (name) => ARITY[name.replace(/^LMS/, "")] ?? 1;
const text = (value) =>
  typeof value === "string" ? value : value.repeat[0].repeat(value.repeat[1]);

/** Runs one group's calls; returns a line for each wrong answer. */
function runGroup(group, table, edition) {
  const heard = [];
  const { api } = createApi({
    table,
    data: { edition, values: group.data ?? {}, access: group.access },
    strictness: group.strictness,
    onCall: (call) => heard.push(call),
  });
  const wrong = [];
  for (const call of group.calls) {
    const [name, ...rest] = call;
    const args = rest.slice(0, arity(name)).map(text);
    const [result, error, note] = rest.slice(arity(name));
    const got = api[name](...args);
    const last = heard.at(-1);
    const fits = got === text(result) && last.error === error && last.note === note;
    if (!fits || last.result !== got || last.name !== name) {
      const shown = JSON.stringify(call).slice(0, 160);
      wrong.push(`${group.rule}: ${shown}: got ${String(got).slice(0, 80)} ${last.error} ${last.note}`);
    }
  }
  return wrong;
}

/** Runs a case file on the tables by edition: how many calls, and what was wrong. */
export function runCases(cases, tables) {
  let calls = 0;
  const wrong = [];
  for (const group of cases.groups) {
    if (group.only === "server") continue;
    const edition = group.edition ?? cases.edition;
    calls += group.calls.length;
    wrong.push(...runGroup(group, tables[edition], edition));
  }
  return { calls, wrong };
}

const fresh = (tables, edition, options = {}) =>
  createApi({ table: tables[edition], data: { edition, values: {} }, ...options });

/** What content may do to the API without harm; returns a line for each broken promise. */
export function checkApi(tables) {
  const wrong = [];
  const same = (what, got, expected) => {
    const [one, other] = [JSON.stringify(got), JSON.stringify(expected)];
    if (one !== other) wrong.push(`${what}: got ${one}, expected ${other}`);
  };

  const calls = [];
  const { api, snapshot } = fresh(tables, "scorm2004_fourth", { onCall: (c) => calls.push(c) });
  same("the version", api.version, "1.0");
  const { Initialize, SetValue, GetValue, GetLastError } = api;
  same("no argument counts as empty", Initialize(), "true");
  same("a number is its text", SetValue("cmi.score.raw", 85.5), "true");
  same("the number comes back as text", GetValue("cmi.score.raw"), "85.5");
  same("undefined is empty", [SetValue("cmi.location", undefined), GetValue("cmi.location")], ["true", ""]);
  same("null is empty", [SetValue("cmi.location", null), GetValue("cmi.location")], ["true", ""]);
  same("a boolean is its text", [SetValue("cmi.location", true), GetValue("cmi.location")], ["true", "true"]);
  const hostile = { toString: () => { throw new Error("no text"); } };
  same("what has no text is empty", SetValue("cmi.location", hostile), "true");
  same("no element", [GetValue(), GetLastError()], ["", "301"]);
  same("half a surrogate pair is replaced", [SetValue("cmi.location", "a\ud800b"), GetValue("cmi.location")], ["true", "a\ufffdb"]);
  same("every call is heard in order", calls.slice(0, 3), [
    { name: "Initialize", args: [""], result: "true", error: 0 },
    { name: "SetValue", args: ["cmi.score.raw", "85.5"], result: "true", error: 0 },
    { name: "GetValue", args: ["cmi.score.raw"], result: "85.5", error: 0 },
  ]);
  same("each once", calls.length, 14);
  same("the snapshot is the server's form", snapshot(), {
    edition: "scorm2004_fourth",
    values: { "cmi.location": "a\ufffdb", "cmi.score.raw": "85.5" },
    access: {},
  });

  const full = fresh(tables, "scorm2004_fourth").api;
  full.Initialize("");
  const errors = Array.from({ length: 8 }, (_, n) => {
    full.SetValue(`cmi.comments_from_learner.${n}.comment`, "x".repeat(1 << 20));
    return full.GetLastError();
  });
  same("the data grow no longer than the limit", errors.map(Number), [0, 0, 0, 0, 0, 0, 0, 351]);

  const broken = fresh(tables, "scorm12", { onCall: () => { throw new Error("journal full"); } });
  same("a failing listener is not the content's trouble", broken.api.LMSInitialize(""), "true");
  same("SCORM 1.2 has no version", "version" in broken.api, false);
  same("the state", broken.state, "running");
  const reloaded = fresh(tables, "scorm12", { state: "running" });
  same("a session goes on after a reload", reloaded.api.LMSCommit(""), "true");
  for (const odd of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    same(odd, [reloaded.api.LMSGetValue(odd), reloaded.api.LMSGetLastError()], ["", "401"]);
    same(`error text of ${odd}`, reloaded.api.LMSGetErrorString(odd), "");
  }
  return wrong;
}

const args = globalThis.process?.argv ?? [];
if (args[1]?.endsWith("run.mjs")) {
  const { readFileSync } = await import("node:fs");
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  const tables = read(args[2]);
  const promises = checkApi(tables);
  console.log(`API: ${promises.length} broken promises`);
  let failed = promises.length;
  for (const line of promises) console.log(`  ${line}`);
  for (const path of args.slice(3)) {
    const { calls, wrong } = runCases(read(path), tables);
    console.log(`${path}: ${calls} calls, ${wrong.length} wrong`);
    for (const line of wrong.slice(0, 40)) console.log(`  ${line}`);
    failed += wrong.length;
  }
  process.exitCode = failed ? 1 : 0;
}
