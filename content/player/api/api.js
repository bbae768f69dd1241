// The API object that content finds: `API` of SCORM 1.2 or `API_1484_11` of SCORM 2004. It answers
// at once from local data and reports every call, in order; the server executes the calls again.

import { DataModel, faultOf, refuse } from "./data_model.js";

/** The functions by edition, under the names that both share. */
const NAMES_12 = {
  LMSInitialize: "initialize",
  LMSFinish: "terminate",
  LMSGetValue: "getValue",
  LMSSetValue: "setValue",
  LMSCommit: "commit",
  LMSGetLastError: "getLastError",
  LMSGetErrorString: "getErrorString",
  LMSGetDiagnostic: "getDiagnostic",
};
const NAMES_2004 = {
  Initialize: "initialize",
  Terminate: "terminate",
  GetValue: "getValue",
  SetValue: "setValue",
  Commit: "commit",
  GetLastError: "getLastError",
  GetErrorString: "getErrorString",
  GetDiagnostic: "getDiagnostic",
};
const ARGUMENTS = { setValue: 2, getLastError: 0 };
const VALIDITY = "adl.nav.request_valid.";

/** An argument as text. Content passes numbers, booleans and nothing at all. */
function textOf(argument) {
  if (argument === undefined || argument === null) return "";
  let text = "";
  try {
    text = String(argument);
  } catch {
    return "";
  }
  // half a surrogate pair has no UTF-8, and the log must reach the server
  return text.toWellFormed?.() ?? text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** The server's answer about validity as elements; what it leaves out stays `unknown`. */
function validityValues({ choice, jump, ...others }) {
  const targeted = (kind, targets) =>
    Object.entries(targets ?? {}).map(([id, valid]) => [`${kind}.{target=${id}}`, valid]);
  const all = [...Object.entries(others), ...targeted("choice", choice), ...targeted("jump", jump)];
  return all.filter(([, valid]) => typeof valid === "boolean").map(([name, valid]) => [name, `${valid}`]);
}

/**
 * The API of one communication session.
 *
 * `table` comes from the server, and so do the others, as the JSON of its session: `state` and
 * `fault` continue one after a reload. `onCall`
 * hears of each call: `{name, args, result, error, note?}`. `onValidity` gives, at once, the server's
 * `adl.nav.request_valid` with all that was set, or null when it cannot be known; without it, that
 * stays as it was delivered. The result holds the `api` for content, and for the player
 * `snapshot()`, `values`, `state` and, for the inspector, the `model` itself.
 */
export function createApi({
  table,
  data,
  strictness,
  state = "not_initialized",
  fault: lastFault = null,
  onCall,
  onValidity,
}) {
  const model = new DataModel({ table, data, strictness });
  let now = state;
  let fault = lastFault;
  // What was set since may have changed which requests are valid.
  let isStale = false;

  const enter = (wanted, earlier, later, argument) => {
    if (now !== wanted) refuse(now === "terminated" ? later : earlier);
    if (argument !== "") refuse("argument");
  };
  const running = (earlier, later) => enter("running", earlier, later, "");
  const errorCode = () => (fault ? table.faults[fault][0] : 0);

  /** What each does; a refusal becomes its `failed` answer. */
  const functions = {
    initialize(argument) {
      enter("not_initialized", "already_initialized", "already_terminated", argument);
      now = "running";
      return ["true"];
    },
    terminate(argument) {
      enter("running", "terminate_before", "terminate_after", argument);
      now = "terminated";
      return ["true"];
    },
    commit(argument) {
      enter("running", "commit_before", "commit_after", argument);
      return ["true"];
    },
    getValue(element) {
      running("get_before", "get_after");
      if (isStale && onValidity && element.startsWith(VALIDITY)) renewValidity();
      return [model.get(element)];
    },
    setValue(element, value) {
      running("set_before", "set_after");
      const note = model.set(element, value);
      isStale = table.scorm_2004;
      return ["true", note];
    },
  };
  function renewValidity() {
    const validity = onValidity();
    model.replace(VALIDITY, validityValues(validity ?? {}));
    isStale = validity == null;
  }
  /** The functions that leave the error as it is. */
  const support = {
    getLastError: () => `${errorCode()}`,
    getErrorString: (code) => textOfError(code),
    getDiagnostic: (code) =>
      code === "" ? (fault ? table.faults[fault][1] : "") : textOfError(code),
  };
  const textOfError = (code) => (Object.hasOwn(table.errors, code) ? table.errors[code] : "");

  function settle(kind, args) {
    if (support[kind]) return [support[kind](...args)];
    try {
      const answer = functions[kind](...args);
      fault = null;
      return answer;
    } catch (error) {
      fault = faultOf(error) ?? "no_function";
      return [kind === "getValue" ? "" : "false"];
    }
  }

  function call(name, kind, given) {
    const args = Array.from({ length: ARGUMENTS[kind] ?? 1 }, (_, at) => textOf(given[at]));
    const [result, note] = settle(kind, args);
    try {
      onCall?.({ name, args, result, error: errorCode(), ...(note && { note }) });
    } catch {
      // the player's trouble is not the content's
    }
    return result;
  }

  const api = table.scorm_2004 ? { version: "1.0" } : {};
  for (const [name, kind] of Object.entries(table.scorm_2004 ? NAMES_2004 : NAMES_12)) {
    api[name] = (...given) => call(name, kind, given);
  }
  return {
    api,
    snapshot: () => model.snapshot(),
    model,
    get values() {
      return model.values;
    },
    get state() {
      return now;
    },
  };
}
