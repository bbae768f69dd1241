// A page that calls the SCORM API exactly as it is told, for tests of the player.
//
// `window.probe` has a function for every function of the API, under the names of SCORM 2004;
// each answers { call, args, result, error } and keeps the answer in `probe.log`.
(function () {
  "use strict";

  const NAMES_12 = {
    initialize: "LMSInitialize", terminate: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue",
    commit: "LMSCommit", lastError: "LMSGetLastError", errorString: "LMSGetErrorString",
    diagnostic: "LMSGetDiagnostic",
  };
  const NAMES_2004 = {
    initialize: "Initialize", terminate: "Terminate", get: "GetValue", set: "SetValue",
    commit: "Commit", lastError: "GetLastError", errorString: "GetErrorString",
    diagnostic: "GetDiagnostic",
  };

  const newer = window.Scorm.discover("API_1484_11");
  const api = newer || window.Scorm.discover("API");
  const names = newer ? NAMES_2004 : NAMES_12;
  const log = [];

  /// Calls any function with any arguments; `result` is as returned, `error` a text.
  function call(name, ...args) {
    const result = api[names[name] || name](...args);
    const entry = { call: names[name] || name, args, result, error: String(api[names.lastError]()) };
    log.push(entry);
    show(entry);
    return entry;
  }

  function show({ call: name, args, result, error }) {
    const line = document.createElement("li");
    line.dataset.error = error;
    line.textContent = `${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")}) = ${JSON.stringify(result)}, error ${error}`;
    document.querySelector("[data-log]").append(line);
  }

  const field = (name) => document.querySelector(`[data-field=${name}]`).value;

  window.probe = {
    version: newer ? "2004" : api ? "1.2" : null,
    api,
    log,
    call,
    initialize: () => call("initialize", ""),
    terminate: () => call("terminate", ""),
    get: (element) => call("get", element),
    set: (element, value) => call("set", element, value),
    commit: () => call("commit", ""),
    lastError: () => String(api[names.lastError]()),
    errorString: (code) => String(api[names.errorString](code)),
    diagnostic: (code) => String(api[names.diagnostic](code)),
    /// Runs [name, ...args] lists in order and gives all answers.
    run: (calls) => calls.map((one) => call(...one)),
    /// Calls `run` when the page is being left, as content that ends on unload does.
    runOn: (event, calls) => window.addEventListener(event, () => window.probe.run(calls)),
  };

  const buttons = {
    initialize: () => window.probe.initialize(),
    get: () => window.probe.get(field("element")),
    set: () => window.probe.set(field("element"), field("value")),
    commit: () => window.probe.commit(),
    terminate: () => window.probe.terminate(),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button && api) buttons[button.dataset.action]();
  });
  document.querySelector("[data-version]").textContent = window.probe.version || "none";
  document.body.dataset.state = api ? "ready" : "preview";
})();
