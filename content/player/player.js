// The player: brings the parts of a course into the frame one after the other, and carries what they
// record to the server. docs/runtime-protocol.md is the contract with it.
import { createApi } from "./api/api.js";
import { Bar } from "./bar.js";
import { Contents } from "./contents.js";
import { Journal } from "./journal.js";
import { messages, scoreText, statusKey } from "./messages.js";
import { Panel } from "./panel.js";
import { Stage, withDoor } from "./stage.js";
import { CALLS_MAX, Transport } from "./transport.js";

/// Navigation requests of content that end the whole course (SCORM 2004 SN 5.6).
const ENDS_COURSE = new Set(["exitAll", "abandonAll", "suspendAll"]);
const TERMINATES = /^(LMSFinish|Terminate)$/;
const byId = (id) => document.getElementById(id);
const closeWindow = window.close.bind(window);

class Player {
  constructor(launch) {
    this.launch = launch;
    this.say = messages();
    // Titles are the course's own words, whatever language the player speaks.
    for (const id of ["title", "contents-list"]) byId(id).lang = launch.course.language;
    this.recorded = launch.mode === "normal";
    this.course = launch.course.status ?? {};
    this.delivery = null;
    this.moving = false;
    this.stage = new Stage({
      frame: byId("frame"),
      onFailed: (status) => this.bar.notice("broken", this.say("notice_not_opened", { status })),
    });
    this.panel = new Panel({ panel: byId("panel"), frame: () => this.stage.frame });
    this.contents = new Contents({
      dialog: byId("contents"),
      activities: launch.activities,
      say: this.say,
      onChoose: (id) => this.go(id),
    });
    this.bar = new Bar({
      say: this.say,
      recorded: this.recorded,
      single: this.contents.single,
      onContents: () => this.contents.open(),
      onStep: (direction) => this.go(this.contents.around(this.activity)[direction]?.id),
      onExit: () => this.exit(),
    });
  }

  async start() {
    this.panel.showSoon({ title: this.launch.course.title, text: this.say("loading") });
    this.journal = new Journal({
      registration: this.launch.registration,
      session: this.launch.session,
      onTrouble: () => this.showSaving(this.transport?.state ?? "idle"),
    });
    // A preview has nothing to keep, and what a real attempt left here must wait for a real one.
    if (this.recorded) await this.journal.open(this.launch.journal.key);
    this.transport = new Transport({
      base: "rte/",
      flushMilliseconds: this.launch.flush_milliseconds,
      heartbeatSeconds: this.launch.heartbeat_seconds,
      journal: this.journal,
      onChange: (state) => this.showSaving(state),
      onAnswer: (queue, answer) => this.answered(queue, answer),
      onStop: (reason) => this.stopped(reason),
    });
    await this.openLog();
    this.listen();
    const table = await this.ask("table.json");
    if (table === null) return;
    this.table = table;
    await this.replay();
    if (this.journal.trouble === "unavailable" && this.recorded) this.bar.notice("journal", this.say("notice_unavailable"));
    if (this.launch.start === null) this.showNotDelivered();
    else await this.go(this.launch.start);
  }

  /// Learners do not load what only authors see.
  async openLog() {
    if (!this.launch.api_log) return;
    const { Log } = await import("./log.js");
    this.log = new Log({
      panel: byId("log"),
      toggle: byId("open-log"),
      say: this.say,
      file: `api-log-${this.launch.session}.json`,
      errorName: (code) => this.table?.errors[code] ?? "",
      noteText: (note) => this.table?.notes[note] ?? note,
    });
  }

  listen() {
    // A course's own Exit button often closes the window it believes to be in.
    window.close = () => this.exit({ seen: true });
    addEventListener("pageshow", (event) => {
      // Out of the browser's page cache: the course was told that it was over. Take it up afresh.
      if (event.persisted) location.reload();
    });
    addEventListener("beforeunload", (event) => {
      const onlyHere = this.transport.state === "unsaved" && !this.journal.complete;
      if (onlyHere && this.recorded) event.preventDefault();
    });
  }

  /// Asks the server for what is needed to go on, and says so while it cannot be reached.
  async ask(path, body) {
    const reply = await this.transport.ask(path, body, () =>
      this.panel.show({
        title: this.say("no_connection_title"),
        text: this.say("no_connection_text"),
        actions: [{ label: this.say("try_again"), run: () => this.transport.askAgain(), primary: true }],
      }),
    );
    return reply.kind === "ok" ? reply.body : null;
  }

  /// Sends what an earlier visit could not, before anything new is written.
  async replay() {
    let applied = false;
    for (const { session, delivery, calls } of inRequests(await this.journal.earlier())) {
      const texts = calls.map((call) => call.text).join(",");
      const answer = await this.ask("replay", `{"session":${JSON.stringify(session)},"delivery":${delivery},"calls":[${texts}]}`);
      if (this.transport.stopped) return;
      if (answer === null) console.warn(`attestry: the server refused journalled calls of delivery ${delivery}`);
      applied ||= answer?.outcome === "applied";
      calls.forEach((call) => this.journal.forget(session, delivery, call.number));
    }
    if (applied) this.bar.notice("replayed", this.say("notice_replayed"));
  }

  /// Leaves the part in the frame and brings another one.
  async go(id) {
    if (id === undefined || this.moving || this.transport.stopped) return;
    this.moving = true;
    this.bar.busy(true);
    try {
      if (await this.leave()) await this.deliver(id);
    } finally {
      this.moving = false;
      this.showPlace();
    }
  }

  async deliver(id) {
    this.panel.showSoon({ title: this.contents.part(id)?.title ?? "", text: this.say("loading") });
    const answer = await this.ask("deliver", { activity: id });
    if (this.transport.stopped) return;
    if (answer === null) {
      this.showNotDelivered({ label: this.say("try_again"), run: () => this.go(id), primary: true });
      return;
    }
    this.bar.clear("broken");
    this.activity = answer.activity;
    this.delivery = this.open(answer);
    this.stage.install(this.apiName, this.delivery.api);
    this.panel.hide();
    this.stage.show(answer.launch, this.say("frame", { title: this.contents.part(id)?.title ?? this.launch.course.title }));
    this.stage.focus();
  }

  showNotDelivered(...actions) {
    this.panel.show({ title: this.say("not_delivered_title"), text: this.say("not_delivered_text"), actions });
  }

  get apiName() {
    return this.table.scorm_2004 ? "API_1484_11" : "API";
  }

  /// The API object of one delivery, and the queue that its calls go through.
  open({ delivery, activity, data, settings }) {
    const queue = this.transport.open(delivery);
    const made = { queue, activity, terminated: false, finished: false, left: false, api: null, shut: () => {} };
    if (data == null) return made;
    const { api } = createApi({ table: this.table, data, ...settings, onCall: (call) => this.called(made, call) });
    const { door, shut } = withDoor(api, (call) => this.log?.add(activity, call, true));
    return Object.assign(made, { api: door, shut });
  }

  called(delivery, call) {
    const stamped = { ...call, error: String(call.error), at: Date.now() };
    if (TERMINATES.test(call.name) && call.result === "true") delivery.terminated = true;
    this.transport.add(delivery.queue, stamped);
    this.log?.add(delivery.activity, stamped);
  }

  /// Empties the frame, lets the content say its last words, and waits until the server has them.
  async leave() {
    const { delivery } = this;
    if (delivery === null) return true;
    delivery.left = true;
    await this.stage.blank();
    delivery.shut();
    this.delivery = null;
    this.panel.showSoon({ title: this.say("saving_title"), text: this.say("saving_text") });
    this.closing = true;
    await this.transport.close(delivery.queue);
    this.closing = false;
    return !this.transport.stopped;
  }

  /// The server applied calls of a delivery: new status, and what the content asked for at its end.
  answered(queue, answer) {
    this.course = answer.course ?? this.course;
    for (const [id, status] of Object.entries(answer.activities ?? {})) this.contents.setStatus(id, status);
    const { delivery } = this;
    if (delivery?.queue !== queue || delivery.left || delivery.finished) return;
    delivery.navigation ??= answer.navigation;
    if (!delivery.terminated || queue.calls.length > 0) return;
    delivery.finished = true;
    this.contentFinished(delivery.navigation, answer.activities?.[delivery.activity]);
  }

  contentFinished(navigation, status) {
    const { previous, next } = this.contents.around(this.activity);
    const goNext = next && { label: this.say("next_part", { title: next.title }), run: () => this.go(next.id) };
    const openContents = { label: this.say("open_contents"), run: () => this.contents.open() };
    if (navigation === "continue" && next) this.go(next.id);
    else if (navigation === "previous" && previous) this.go(previous.id);
    else if (navigation?.choice !== undefined && this.contents.part(navigation.choice)) this.go(navigation.choice);
    else if (ENDS_COURSE.has(navigation)) this.exit();
    else if (next !== undefined) this.showPartResult(status, goNext);
    else if (this.contents.single || this.course.completion === "completed") this.showResult();
    else this.showPartResult(status, openContents, this.say("result_open"));
  }

  /// The content is over but its last page may still say something: the learner can go back to it.
  showResult() {
    this.panel.show({
      title: this.say(["incomplete", "not_started"].includes(statusKey(this.course)) ? "paused_title" : "finished_title"),
      text: this.resultText(this.course),
      actions: [
        { label: this.say(this.leaveLabel), run: () => this.exit({ seen: true }), primary: true },
        { label: this.say("show_again"), run: () => this.backToPage() },
      ],
    });
  }

  showPartResult(status = {}, goOn, more = "") {
    this.panel.show({
      title: this.say("part_finished_title"),
      text: [this.resultText(status), more].filter(Boolean).join("\n"),
      actions: [
        { ...goOn, primary: true },
        { label: this.say("show_again"), run: () => this.backToPage() },
      ],
    });
  }

  backToPage() {
    this.panel.hide();
    this.stage.focus();
  }

  get leaveLabel() {
    if (this.launch.return_url) return "return";
    return window.opener ? "close_window" : "leave";
  }

  resultText(status) {
    if (!this.recorded) return this.say("result_unrecorded");
    const key = statusKey(status);
    const score = scoreText(this.say, status.score);
    return this.say(key === "not_started" ? "result_incomplete" : `result_${key}`, { score: score && `, ${score}` });
  }

  /// Ends the session. `seen`: the learner has read the result and wants to be gone.
  async exit({ seen = false } = {}) {
    if (this.moving || this.transport.stopped) return;
    this.moving = true;
    this.bar.busy(true);
    if (!(await this.leave())) return;
    const answer = await this.ask("exit", {});
    if (this.transport.stopped && this.transport.stopped !== "exited") return;
    this.transport.stop("exited");
    this.bar.over();
    const goTo = answer?.redirect ?? this.launch.return_url;
    if (goTo && (seen || answer?.redirect)) location.replace(goTo);
    else this.showLeft(goTo, seen);
  }

  showLeft(goTo, seen) {
    if (window.opener && seen) closeWindow();
    const actions = [];
    if (goTo) actions.push({ label: this.say("return"), run: () => location.replace(goTo), primary: true });
    else if (window.opener) actions.push({ label: this.say("close_window"), run: closeWindow, primary: true });
    const hint = goTo ? "" : `\n${this.say(window.parent === window ? "may_close" : "may_leave")}`;
    this.panel.show({ title: this.say("left_title"), text: this.resultText(this.course) + hint, actions });
  }

  /// The server takes nothing more from this page.
  async stopped(reason) {
    if (reason === "exited") return;
    const { delivery } = this;
    const unsaved = this.transport.uncounted || (delivery?.queue.unsaved ?? false);
    this.bar.over();
    if (delivery !== null) {
      delivery.left = true;
      await this.stage.blank();
      delivery.shut();
      if (reason === "superseded") await this.transport.sendToLog(delivery.queue);
      this.delivery = null;
    }
    const kind = reason === "superseded" ? "superseded" : reason === "ended" || reason === "unknown-session" ? "ended" : "failed";
    const more = unsaved && kind !== "failed" ? `\n${this.say(`${kind}_unsaved`)}` : "";
    const { return_url: goTo } = this.launch;
    const actions = goTo ? [{ label: this.say("return"), run: () => location.replace(goTo), primary: true }] : [];
    this.panel.show({ title: this.say(`${kind}_title`), text: this.say(`${kind}_text`) + more, actions });
  }

  showSaving(state) {
    this.bar.saving(state);
    if (!this.recorded || this.transport?.stopped) return;
    const failing = state === "unsaved";
    if (this.journal.trouble === "full") this.bar.notice("journal", this.say("notice_full"));
    else if (this.journal.trouble === null) this.bar.clear("journal");
    if (failing && !this.closing) this.bar.notice("offline", this.say(this.journal.complete ? "notice_offline" : "notice_offline_unkept"));
    else this.bar.clear("offline");
    if (this.closing && failing) {
      this.panel.show({
        title: this.say("waiting_title"),
        text: this.say(this.journal.complete ? "waiting_text" : "waiting_text_unkept"),
        actions: [{ label: this.say("try_again"), run: () => this.transport.retryNow(), primary: true }],
      });
    }
  }

  showPlace() {
    if (this.transport.stopped) return;
    this.contents.setCurrent(this.activity);
    this.bar.place(this.launch.course.title, this.contents.part(this.activity), this.contents.around(this.activity));
  }
}

/// What the journal holds, cut into requests of as many calls as one may carry.
function* inRequests(deliveries) {
  for (const { session, delivery, calls } of deliveries) {
    for (let at = 0; at < calls.length; at += CALLS_MAX) {
      yield { session, delivery, calls: calls.slice(at, at + CALLS_MAX) };
    }
  }
}

/// The page could not be set up: say so rather than show nothing.
function broken(error) {
  console.error("attestry:", error);
  const say = messages();
  const panel = new Panel({ panel: byId("panel"), frame: () => byId("frame") });
  panel.show({
    title: say("broken_title"),
    text: say("broken_text"),
    actions: [{ label: say("try_again"), run: () => location.reload(), primary: true }],
  });
}

try {
  await new Player(JSON.parse(byId("launch").textContent)).start();
} catch (error) {
  broken(error);
}
