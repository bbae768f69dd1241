// Finds the SCORM API and gives the course one small vocabulary for both versions of it.
//
// A course calls `Scorm.connect()` and gets a session, or null when nothing answers; it never
// needs to know which version it talks to. Every refused call is kept in `session.refusals`.
(function () {
  "use strict";

  const ANCESTORS_MAX = 500;

  function searchUpwards(from, name) {
    let frame = from;
    for (let step = 0; frame && step < ANCESTORS_MAX; step += 1) {
      try {
        if (frame[name]) return frame[name];
      } catch {
        // A frame of another site hides its properties; the one above it may still have the API.
      }
      if (frame.parent === frame) return null;
      frame = frame.parent;
    }
    return null;
  }

  /// Parents first, then the window that opened this one and its parents.
  function discover(name) {
    return (
      searchUpwards(window, name) ||
      searchUpwards(window.opener, name) ||
      searchUpwards(window.top && window.top.opener, name)
    );
  }

  const twoDigits = (number) => String(Math.floor(number)).padStart(2, "0");

  /// Seconds as HHHH:MM:SS.SS, the CMITimespan of SCORM 1.2.
  function timespan(seconds) {
    const hours = twoDigits(seconds / 3600);
    const rest = (seconds % 60).toFixed(2).padStart(5, "0");
    return `${hours}:${twoDigits((seconds % 3600) / 60)}:${rest === "60.00" ? "59.99" : rest}`;
  }

  /// Seconds as an ISO 8601 duration, the timeinterval(second,10,2) of SCORM 2004.
  const duration = (seconds) => `PT${seconds.toFixed(2)}S`;

  /// Now with hundredths, the time(second,10,0) of SCORM 2004.
  const timestamp = () => new Date().toISOString().replace(/(\.\d\d)\d*Z$/, "$1Z");

  function timeOfDay() {
    const now = new Date();
    return [now.getHours(), now.getMinutes(), now.getSeconds()].map(twoDigits).join(":");
  }

  /// What both versions share: how a call is made, refused and timed.
  class Session {
    constructor(api, names) {
      this.api = api;
      this.names = names;
      this.refusals = [];
      this.open = false;
      this.startedAt = performance.now();
    }

    call(name, ...args) {
      const answer = this.api[this.names[name]](...args);
      const code = String(this.api[this.names.lastError]());
      if (code !== "0") this.refusals.push({ call: name, args, code });
      return answer === null || answer === undefined ? "" : String(answer);
    }

    start() {
      this.open = this.call("initialize", "") === "true";
      return this.open;
    }

    get(element) {
      return this.open ? this.call("get", element) : "";
    }

    set(element, value) {
      return this.open && this.call("set", element, String(value)) === "true";
    }

    save() {
      return this.open && this.call("commit", "") === "true";
    }

    seconds() {
      return (performance.now() - this.startedAt) / 1000;
    }

    /// Ends the session once; `suspended` keeps the attempt open for next time.
    finish(suspended) {
      if (!this.open) return false;
      this.setExit(suspended);
      this.save();
      const ended = this.call("terminate", "") === "true";
      this.open = false;
      return ended;
    }

    /// The index of the objective with this id, made when it is new.
    objectiveIndex(id) {
      const count = Number(this.get("cmi.objectives._count")) || 0;
      for (let index = 0; index < count; index += 1) {
        if (this.get(`cmi.objectives.${index}.id`) === id) return index;
      }
      return this.set(`cmi.objectives.${count}.id`, id) ? count : null;
    }
  }

  /// SCORM 1.2 Run-Time Environment, chapter 3.
  class Session12 extends Session {
    constructor(api) {
      super(api, {
        initialize: "LMSInitialize", get: "LMSGetValue", set: "LMSSetValue",
        commit: "LMSCommit", terminate: "LMSFinish", lastError: "LMSGetLastError",
      });
      this.version = "1.2";
    }

    begin() {
      if (this.get("cmi.core.lesson_status") === "not attempted") {
        this.set("cmi.core.lesson_status", "incomplete");
      }
    }

    mode() { return this.get("cmi.core.lesson_mode") || "normal"; }
    resumed() { return this.get("cmi.core.entry") === "resume"; }
    learnerName() { return this.get("cmi.core.student_name"); }
    isComplete() { return ["passed", "completed"].includes(this.get("cmi.core.lesson_status")); }
    location() { return this.get("cmi.core.lesson_location"); }
    setLocation(page) { this.set("cmi.core.lesson_location", page); }
    suspended() { return this.get("cmi.suspend_data"); }
    suspend(text) { this.set("cmi.suspend_data", text); }
    launchData() { return this.get("cmi.launch_data"); }

    /// The pass mark as a percentage; the manifest's, else the page's own.
    passMark(otherwise) {
      const mark = this.get("cmi.student_data.mastery_score");
      return mark === "" ? otherwise : Number(mark);
    }

    progress() {}
    navigate() {}
    complete() { this.set("cmi.core.lesson_status", "completed"); }

    result({ percent, passed }) {
      this.set("cmi.core.score.min", 0);
      this.set("cmi.core.score.max", 100);
      this.set("cmi.core.score.raw", percent);
      this.set("cmi.core.lesson_status", passed ? "passed" : "failed");
    }

    answered(answer) {
      const at = `cmi.interactions.${Number(this.get("cmi.interactions._count")) || 0}`;
      const written = (values) =>
        answer.type === "true-false" ? values[0].charAt(0) : values.join(",");
      this.set(`${at}.id`, answer.id);
      if (answer.objective) this.set(`${at}.objectives.0.id`, answer.objective);
      this.set(`${at}.time`, timeOfDay());
      this.set(`${at}.type`, answer.type);
      this.set(`${at}.correct_responses.0.pattern`, written(answer.correct));
      this.set(`${at}.weighting`, answer.weighting);
      this.set(`${at}.student_response`, written(answer.response));
      this.set(`${at}.result`, answer.right ? "correct" : "wrong");
      this.set(`${at}.latency`, timespan(answer.seconds));
    }

    objective(id, { percent, passed }) {
      const index = this.objectiveIndex(id);
      if (index === null) return;
      this.set(`cmi.objectives.${index}.score.min`, 0);
      this.set(`cmi.objectives.${index}.score.max`, 100);
      this.set(`cmi.objectives.${index}.score.raw`, percent);
      this.set(`cmi.objectives.${index}.status`, passed ? "passed" : "failed");
    }

    comment(text) { return this.set("cmi.comments", `${text} `); }
    shared() { return ""; }
    share() { return false; }

    setExit(suspended) {
      this.set("cmi.core.session_time", timespan(this.seconds()));
      this.set("cmi.core.exit", suspended ? "suspend" : "");
    }
  }

  /// SCORM 2004 Run-Time Environment, chapters 3 and 4.
  class Session2004 extends Session {
    constructor(api) {
      super(api, {
        initialize: "Initialize", get: "GetValue", set: "SetValue",
        commit: "Commit", terminate: "Terminate", lastError: "GetLastError",
      });
      this.version = "2004";
    }

    begin() {
      if (["unknown", "not attempted"].includes(this.get("cmi.completion_status"))) {
        this.set("cmi.completion_status", "incomplete");
      }
    }

    mode() { return this.get("cmi.mode") || "normal"; }
    resumed() { return this.get("cmi.entry") === "resume"; }
    learnerName() { return this.get("cmi.learner_name"); }
    isComplete() { return this.get("cmi.completion_status") === "completed"; }
    location() { return this.resumed() ? this.get("cmi.location") : ""; }
    setLocation(page) { this.set("cmi.location", page); }
    suspended() { return this.resumed() ? this.get("cmi.suspend_data") : ""; }
    suspend(text) { this.set("cmi.suspend_data", text); }
    launchData() { return this.get("cmi.launch_data"); }

    passMark(otherwise) {
      const mark = this.get("cmi.scaled_passing_score");
      return mark === "" ? otherwise : Number(mark) * 100;
    }

    progress(measure) { this.set("cmi.progress_measure", measure.toFixed(2)); }
    navigate(request) { this.set("adl.nav.request", request); }
    complete() { this.set("cmi.completion_status", "completed"); }

    result({ percent, passed }) {
      this.set("cmi.score.min", 0);
      this.set("cmi.score.max", 100);
      this.set("cmi.score.raw", percent);
      this.set("cmi.score.scaled", percent / 100);
      this.set("cmi.success_status", passed ? "passed" : "failed");
      this.set("cmi.completion_status", "completed");
    }

    answered(answer) {
      const at = `cmi.interactions.${Number(this.get("cmi.interactions._count")) || 0}`;
      const numeric = answer.type === "numeric" ? `${answer.correct[0]}[:]${answer.correct[0]}` : "";
      this.set(`${at}.id`, answer.id);
      this.set(`${at}.type`, answer.type);
      if (answer.objective) this.set(`${at}.objectives.0.id`, answer.objective);
      this.set(`${at}.timestamp`, timestamp());
      this.set(`${at}.correct_responses.0.pattern`, numeric || answer.correct.join("[,]"));
      this.set(`${at}.weighting`, answer.weighting);
      this.set(`${at}.learner_response`, answer.response.join("[,]"));
      this.set(`${at}.result`, answer.right ? "correct" : "incorrect");
      this.set(`${at}.latency`, duration(answer.seconds));
      this.set(`${at}.description`, answer.description);
    }

    objective(id, { percent, passed }) {
      const index = this.objectiveIndex(id);
      if (index === null) return;
      this.set(`cmi.objectives.${index}.score.min`, 0);
      this.set(`cmi.objectives.${index}.score.max`, 100);
      this.set(`cmi.objectives.${index}.score.raw`, percent);
      this.set(`cmi.objectives.${index}.score.scaled`, percent / 100);
      this.set(`cmi.objectives.${index}.success_status`, passed ? "passed" : "failed");
      this.set(`cmi.objectives.${index}.completion_status`, "completed");
    }

    comment(text, page) {
      const at = `cmi.comments_from_learner.${Number(this.get("cmi.comments_from_learner._count")) || 0}`;
      const written = this.set(`${at}.comment`, text);
      this.set(`${at}.location`, page);
      this.set(`${at}.timestamp`, timestamp());
      return written;
    }

    sharedAt(id) {
      const count = Number(this.get("adl.data._count")) || 0;
      for (let index = 0; index < count; index += 1) {
        if (this.get(`adl.data.${index}.id`) === id) return `adl.data.${index}.store`;
      }
      return null;
    }

    /// The text of a shared data store (4th edition), or nothing when there is none.
    shared(id) {
      const store = this.sharedAt(id);
      return store ? this.get(store) : "";
    }

    share(id, text) {
      const store = this.sharedAt(id);
      return store !== null && this.set(store, text);
    }

    setExit(suspended) {
      this.set("cmi.session_time", duration(this.seconds()));
      this.set("cmi.exit", suspended ? "suspend" : "normal");
    }
  }

  window.Scorm = {
    discover,
    /// An open session, or null when the page was opened outside an LMS.
    connect() {
      const newer = discover("API_1484_11");
      const older = newer ? null : discover("API");
      if (!newer && !older) return null;
      const session = newer ? new Session2004(newer) : new Session12(older);
      return session.start() ? session : null;
    },
  };
})();
