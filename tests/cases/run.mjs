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
    if (group.only === "rust") continue;
    const edition = group.edition ?? cases.edition;
    calls += group.calls.length;
    wrong.push(...runGroup(group, tables[edition], edition));
  }
  return { calls, wrong };
}

const args = globalThis.process?.argv ?? [];
if (args[1]?.endsWith("run.mjs")) {
  const { readFileSync } = await import("node:fs");
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  const tables = read(args[2]);
  let failed = 0;
  for (const path of args.slice(3)) {
    const { calls, wrong } = runCases(read(path), tables);
    console.log(`${path}: ${calls} calls, ${wrong.length} wrong`);
    for (const line of wrong.slice(0, 40)) console.log(`  ${line}`);
    failed += wrong.length;
  }
  process.exitCode = failed ? 1 : 0;
}
