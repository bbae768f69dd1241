// The player: brings the parts of a course into the frame one after the other, and carries what they
// record to the server. docs/runtime-protocol.md is the contract with it.
import { createApi } from "./api/api.js";
import { Bar } from "./bar.js";
import { Contents } from "./contents.js";
import { Journal } from "./journal.js";
import { messages } from "./messages.js";
import { Navigation, WAYS_OUT } from "./navigation.js";
import { Outcome } from "./outcome.js";
import { Panel } from "./panel.js";
import { Stage, withDoor } from "./stage.js";
import { CALLS_MAX, Transport } from "./transport.js";

const INITIALIZES = /^(LMS)?Initialize$/;
const TERMINATES = /^(LMSFinish|Terminate)$/;
/// Ways out that give up what was done.
const GIVES_UP = new Set(["abandon", "abandonAll"]);
const byId = (id) => document.getElementById(id);

class Player {
  constructor(launch) {
    this.launch = launch;
    this.say = messages();
    // Titles are the course's own words, whatever language the player speaks.
    for (const id of ["title", "contents-list"]) byId(id).lang = launch.course.language;
    this.recorded = launch.mode === "normal";
    this.course = launch.course.status ?? {};
    this.delivery = null;
    // Until the first part is asked for, nothing else can be.
    this.moving = true;
    this.navigation = new Navigation({
      activities: launch.activities,
      number: launch.navigations,
      offered: launch.navigation,
    });
    this.show();
  }

  /// Makes what the learner sees.
  show() {
    const { launch, say, recorded, navigation } = this;
    this.stage = new Stage({ frame: byId("frame"), onFailed: (status) => this.notOpened(status), onLoaded: () => this.follow() });
    this.panel = new Panel({ panel: byId("panel"), frame: () => byId("content").querySelector("iframe") });
    this.contents = new Contents({
      dialog: byId("contents"),
      navigation,
      say,
      onChoose: (id) => this.go({ choice: id }),
    });
    this.bar = new Bar({
      say,
      recorded,
      course: launch.course.title,
      navigation,
      onContents: () => this.contents.open(),
      onRequest: (control) => this.wanted(control),
      onExit: () => this.exit(),
    });
    const { panel } = this;
    const act = {
      go: (request) => this.go(request),
      exit: (how) => this.exit(how),
      contents: () => this.contents.open(),
    };
    this.outcome = new Outcome({ say, panel, navigation, launch, act, stage: () => this.stage });
    this.draw();
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
      onAnswer: (queue, answer, late) => this.answered(queue, answer, late),
      onUncounted: () => this.recorded && this.bar.notice("uncounted", this.say("notice_uncounted")),
      onStop: (reason) => this.stopped(reason),
    });
    await this.openTools();
    if (this.launch.window !== null) await this.useWindow();
    this.listen();
    const table = await this.ask("table.json");
    if (table === null) return;
    this.table = table;
    await this.replay();
    if (this.transport.stopped) return;
    await this.attest(this.launch.attestation);
    if (this.transport.stopped) return;
    if (this.journal.trouble === "unavailable" && this.recorded) this.bar.notice("journal", this.say("notice_unavailable"));
    this.moving = false;
    await this.go("open");
  }

  /// Learners do not load what only who tries a course out sees.
  async openTools() {
    if (!this.launch.test) return;
    const [{ Log }, { Tools }] = await Promise.all([import("./log.js"), import("./tools.js")]);
    this.log = new Log({
      panel: byId("log"),
      toggle: byId("open-log"),
      say: this.say,
      file: `api-log-${this.launch.session}.json`,
      errorName: (code) => this.table?.errors[code] ?? "",
      noteText: (note) => this.table?.notes[note] ?? note,
    });
    this.tools = new Tools(this);
    await this.tools.open();
  }

  /// The content plays in a window of its own. What shows it there is loaded by those who need it.
  async useWindow() {
    const { WindowStage } = await import("./window.js");
    const { stage, panel, say } = this;
    this.stage = new WindowStage({
      stage,
      panel,
      say,
      size: this.launch.window,
      name: `attestry-content-${this.launch.session}`,
      onFailed: (status) => this.notOpened(status),
      onClosed: () => this.windowClosed(),
    });
  }

  listen() {
    // A course's own Exit button often closes the window it believes to be in.
    window.close = () => this.exit({ seen: true });
    window.navigation?.addEventListener("navigate", (event) => this.ledAway(event));
    addEventListener("pageshow", (event) => {
      // Out of the browser's page cache: the course was told that it was over. Take it up afresh.
      if (event.persisted) location.reload();
    });
    addEventListener("beforeunload", (event) => {
      const onlyHere = this.transport.state === "unsaved" && !this.journal.complete;
      // Content in a window of its own can record nothing once this page is gone.
      const playsBeside = this.stage.isOpen && this.delivery !== null && !this.delivery.terminated;
      if ((onlyHere || playsBeside) && this.recorded) event.preventDefault();
    });
  }

  /// Content that loads something into this window believes to be alone in it. A page of the course
  /// comes into the frame instead; to any other address the learner goes once the work is saved.
  /// Browsers without the Navigation API let the page go: it says its last word as when it is closed.
  ledAway(event) {
    const { navigationType, hashChange, downloadRequest, formData, destination } = event;
    const stays = hashChange || downloadRequest != null || destination.url === location.href || !/^https?:/.test(destination.url);
    const isOwn = this.delivery === null || navigationType === "reload" || navigationType === "traverse";
    if (isOwn || stays || formData != null || !event.cancelable) return;
    event.preventDefault();
    if (this.moving || this.delivery.left) return;
    if (this.stage.holds(destination.url)) this.stage.lead(destination.url);
    else this.exit({ seen: true, to: destination.url });
  }

  /// Asks the server for what is needed to go on, and says so while it cannot be reached.
  async ask(path, body) {
    const reply = await this.transport.ask(path, body, () =>
      this.panel.show({
        title: this.say("no_connection_title"),
        text: this.say(this.noConnection),
        actions: [{ label: this.say("try_again"), run: () => this.transport.askAgain(), primary: true }],
      }),
    );
    return reply.kind === "ok" ? reply.body : null;
  }

  get noConnection() {
    return this.transport.state === "saved" ? "no_connection_saved" : "no_connection_text";
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

  /// A control of the bar. What would give up results is asked about first.
  wanted(control) {
    if (GIVES_UP.has(control) && this.delivery !== null) this.outcome.abandon(control);
    else this.go(control);
  }

  /// Leaves the part in the frame and carries out a navigation request.
  async go(request) {
    if (this.moving || this.transport.stopped) return;
    this.moving = true;
    this.bar.busy(true);
    try {
      if (await this.leave()) await this.navigate(request);
    } finally {
      this.moving = false;
      this.draw();
    }
  }

  async navigate(request) {
    const { navigation } = this;
    this.panel.showSoon({
      title: navigation.title(request.choice) ?? this.launch.course.title,
      text: this.say("loading"),
    });
    const answer = await this.ask("navigate", { number: navigation.number + 1, request });
    if (this.transport.stopped) return;
    if (answer === null) {
      this.outcome.notDelivered(request);
      return;
    }
    navigation.number = answer.number;
    this.log?.navigated(request, answer);
    this.learn(answer);
    if (answer.delivered !== null) this.deliver(answer.delivered);
    else if (answer.ended) await this.end();
    else if (answer.refused !== null) this.outcome.refused(answer.refused);
    else this.outcome.choose();
  }

  deliver(delivered) {
    this.bar.clear("broken");
    this.delivery = this.open(delivered);
    this.outcome.heard ||= delivered.kind === "asset";
    this.tools?.delivered(this.delivery);
    this.stage.install(this.apiName, this.delivery.api);
    this.panel.hide();
    const title = this.navigation.title(delivered.activity) ?? this.launch.course.title;
    this.stage.show(delivered.launch, { title, label: this.say("frame", { title }) }, delivered);
    this.stage.focus();
  }

  notOpened(status) {
    this.bar.notice("broken", this.say("notice_not_opened", { status }));
  }

  get apiName() {
    return this.table.scorm_2004 ? "API_1484_11" : "API";
  }

  /// The API object of one delivery, and the queue that its calls go through.
  open({ delivery, activity, data, settings }) {
    const queue = this.transport.open(delivery);
    const made = { queue, activity, begun: false, terminated: false, finished: false, left: false, again: false };
    const { api, model } = createApi({
      table: this.table,
      data,
      ...settings,
      onCall: (call) => this.called(made, call),
      onValidity: () => (made.left ? null : this.transport.validity(queue)),
    });
    const { door, shut } = withDoor(api, (call) => this.log?.add(activity, call, true));
    return Object.assign(made, { api: door, shut, inside: api, model });
  }

  called(delivery, call) {
    const stamped = { ...call, error: String(call.error), at: Date.now(), by: this.tools?.hand };
    if (TERMINATES.test(call.name) && call.result === "true") delivery.terminated = true;
    if (INITIALIZES.test(call.name) && call.result === "true") this.begun(delivery);
    this.transport.add(delivery.queue, stamped);
    this.log?.add(delivery.activity, stamped);
    this.tools?.called(stamped);
    // A page that was loaded again, or a window that was closed and opened again, begins anew.
    if (delivery.terminated && INITIALIZES.test(call.name)) this.begunAgain(delivery);
  }

  begun(delivery) {
    delivery.begun = true;
    this.outcome.heard = true;
    this.draw();
  }

  /// Content wants to begin after its end, which takes a new delivery: the learner is offered one.
  begunAgain(delivery) {
    delivery.again = true;
    if (this.follow()) return;
    if (delivery.finished && delivery.asked == null && !this.moving) this.finished(delivery);
  }

  /// A link of the content has led to the page of another part: that part is opened, so that it has a
  /// session of its own. Content that has begun and not ended may show whatever it likes.
  follow() {
    const { delivery, launch, navigation, stage } = this;
    if (delivery === null || delivery.left || this.moving || (delivery.begun && !delivery.terminated)) return false;
    const part = launch.pages[stage.page];
    if (part === undefined || part === delivery.activity || !navigation.canChoose(part)) return false;
    this.go({ choice: part });
    return true;
  }

  finished({ activity, again }) {
    if (this.follow()) return;
    this.outcome.contentFinished(this.course, this.contents.statuses.get(activity), again);
  }

  /// Empties the frame, lets the content say its last words, and waits until the server has them.
  async leave() {
    const { delivery } = this;
    if (delivery === null) return true;
    delivery.left = true;
    await this.stage.blank();
    delivery.shut();
    this.delivery = null;
    this.tools?.gone();
    this.panel.showSoon({ title: this.say("saving_title"), text: this.say("saving_text") });
    this.closing = true;
    await this.transport.close(delivery.queue);
    this.closing = false;
    return !this.transport.stopped;
  }

  /// The learner has closed the window of the content. Where that has terminated, its end is told as
  /// soon as the server has it.
  async windowClosed() {
    if (this.moving || this.delivery === null || this.delivery.terminated) return;
    this.moving = true;
    this.bar.busy(true);
    try {
      if (await this.leave()) this.outcome.windowClosed(this.course);
    } finally {
      this.moving = false;
      this.draw();
    }
  }

  /// What every answer may tell: status, and what is offered next.
  learn(answer) {
    this.course = answer.course ?? this.course;
    this.contents.setStatuses(answer.activities);
    this.navigation.offer(answer.navigation);
    this.tools?.learned();
    this.draw();
  }

  /// The server applied calls of a delivery. `late`: it has told something newer already.
  answered(queue, answer, late) {
    if (!late) this.learn(answer);
    const { delivery } = this;
    if (delivery?.queue !== queue || delivery.left || delivery.finished) return;
    delivery.asked ??= answer.asked;
    if (!delivery.terminated || queue.calls.length > 0) return;
    delivery.finished = true;
    if (delivery.asked != null) this.go("content");
    else this.finished(delivery);
  }

  /// Ends the session. `seen`: the learner has read the result and wants to be gone; `to`: there.
  async exit(how = {}) {
    if (this.moving || this.transport.stopped) return;
    this.moving = true;
    this.bar.busy(true);
    if (await this.leave()) await this.end(how);
  }

  async end({ seen = false, to = null } = {}) {
    const answer = await this.ask("exit", {});
    if (this.transport.stopped && this.transport.stopped !== "exited") return;
    this.transport.stop("exited");
    this.stage.close();
    this.bar.over();
    await this.attest(answer?.attestation ?? null);
    const goTo = to ?? answer?.redirect ?? this.launch.return_url;
    if (goTo && (seen || answer?.redirect)) location.replace(goTo);
    else this.outcome.left(this.course, goTo, seen);
  }

  /// Asks the learner to sign what is due, and waits until they have, or have put it off.
  async attest(due) {
    if (due === null) return;
    const { Signing } = await import("./attest.js");
    const { say, panel, launch } = this;
    this.signing ??= new Signing({ say, panel, form: byId("signing"), language: launch.course.language });
    await this.signing.ask(due);
  }

  /// The server takes nothing more from this page.
  async stopped(reason) {
    if (reason === "exited" || reason === "relaunched") return;
    const { delivery } = this;
    const unsaved = this.transport.uncounted || (delivery?.queue.unsaved ?? false);
    this.bar.over();
    if (delivery !== null) {
      delivery.left = true;
      await this.stage.blank();
      this.stage.close();
      delivery.shut();
      if (reason === "superseded") await this.transport.sendToLog(delivery.queue);
      this.delivery = null;
    }
    this.outcome.stopped(reason, unsaved);
  }

  showSaving(state) {
    this.bar.saving(state);
    if (!this.recorded || this.transport?.stopped) return;
    const failing = state === "unsaved";
    if (this.journal.trouble === "full") this.bar.notice("journal", this.say("notice_full"));
    else if (this.journal.trouble === null) this.bar.clear("journal");
    if (failing && !this.closing) this.bar.notice("offline", this.say(this.journal.complete ? "notice_offline" : "notice_offline_unkept"));
    else this.bar.clear("offline");
    if (!this.closing || this.transport === undefined || this.transport.failures === 0) return;
    // Also with everything saved nothing goes on without the server.
    const kept = this.journal.complete ? "waiting_text" : "waiting_text_unkept";
    this.panel.show({
      title: this.say(failing ? "waiting_title" : "no_connection_title"),
      text: this.say(failing ? kept : this.noConnection),
      actions: [{ label: this.say("try_again"), run: () => this.transport.retryNow(), primary: true }],
    });
  }

  draw() {
    if (this.transport?.stopped) return;
    this.contents.draw();
    this.bar.isBusy = this.moving;
    this.bar.draw({ hasExit: this.hasExit, contents: !this.contents.isEmpty });
  }

  /// Content of SCORM 2004 can take every way out upon itself; then it has one of its own, from its
  /// begin to its end. A page that never begins, as an asset or one that is not there, has none. A
  /// preview offers no way out but this.
  get hasExit() {
    const { delivery } = this;
    const contentRuns = delivery !== null && delivery.begun && !delivery.terminated;
    if (!contentRuns || !this.recorded || !this.table.scorm_2004) return true;
    return WAYS_OUT.some((control) => this.navigation.isShown(control));
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

byId("unscripted").remove();
try {
  await new Player(JSON.parse(byId("launch").textContent)).start();
} catch (error) {
  broken(error);
}
