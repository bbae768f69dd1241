// What the player says in place of the course: when a part is over, when nothing can be shown, and
// when the course has been left.
import { scoreText, sentence, statusKey } from "./messages.js";

/// The player replaces it, since courses that close their window only leave the part.
const closeWindow = window.close.bind(window);
/// Whether a page has opened this window, which can be closed then. Content in it has no business with
/// that page, and could lead it away.
const wasOpened = window.opener !== null;
window.opener = null;

export class Outcome {
  /// `act` holds what the learner can do about it: `go(request)`, `exit(how)`, `contents()`;
  /// `stage()` is where the content plays.
  constructor({ say, panel, stage, navigation, launch, act }) {
    Object.assign(this, { say, panel, stage, navigation, launch, act });
    this.recorded = launch.mode === "normal";
    /// Whether something of this visit is in the record: content has begun, or an asset was shown.
    this.heard = false;
  }

  show(title, text, actions) {
    this.panel.show({ title: this.say(title), text, actions });
  }

  action(label, run, values) {
    return { label: this.say(label, values), run };
  }

  get goOn() {
    return this.action(this.navigation.leadsOn ? "next_part" : "next", () => this.act.go("continue"));
  }

  backToPart(request) {
    return this.action("back_to_part", () => this.act.go(request), { title: this.navigation.current.title });
  }

  get openContents() {
    return this.action("open_contents", () => this.act.contents());
  }

  get leave() {
    return this.action(this.leaveLabel, () => this.act.exit({ seen: true }));
  }

  get backToPage() {
    return this.action("show_again", () => {
      if (!this.stage().front(this.panel)) this.openAgain.run();
    });
  }

  get openAgain() {
    const { canRepeat, current } = this.navigation;
    return this.action("open_again", () => this.act.go(canRepeat ? { choice: current.id } : "open"));
  }

  /// The content has terminated and asked for nothing. Its last page may still say something: the
  /// learner can go back to it, unless it is `again` at its beginning and would get no answer.
  contentFinished(course, status, again) {
    this.back = again ? this.openAgain : this.backToPage;
    const { navigation } = this;
    const isDone = course.completion === "completed";
    // What comes after the last part is the end of the course, unless it is not done with it.
    if (navigation.leadsOn || (!isDone && !navigation.single && navigation.canUse("continue"))) this.partFinished(status, this.goOn);
    else if (isDone || navigation.single || !navigation.offersChoice) this.courseFinished(course);
    else this.partFinished(status, this.openContents, this.say("result_open"));
  }

  courseFinished(course) {
    const isPaused = ["incomplete", "not_started"].includes(statusKey(course));
    this.show(isPaused ? "paused_title" : "finished_title", this.result(course), first(this.leave, this.back));
  }

  partFinished(status = {}, goOn, more = "") {
    const text = [this.result(status), more].filter(Boolean).join("\n");
    this.show("part_finished_title", text, first(goOn, this.back));
  }

  /// The learner has closed the window of the content, which can be resumed.
  windowClosed(course) {
    const { navigation } = this;
    const actions = [this.backToPart("open")];
    if (navigation.offersChoice) actions.push(this.openContents);
    this.show("window_closed_title", this.result(course), first(...actions, this.leave));
  }

  /// The server would not do what was asked for: what was in the frame is over all the same.
  refused({ text }) {
    const actions = [];
    if (this.navigation.current !== undefined) actions.push(this.backToPart("open"));
    if (this.navigation.offersChoice) actions.push(this.openContents);
    if (actions.length === 0) actions.push(this.leave);
    this.show("refused_title", sentence(text), first(...actions));
  }

  /// Nothing is in the frame, and nothing was refused: the learner decides how to go on.
  choose() {
    const { navigation } = this;
    const canGoOn = navigation.canUse("continue");
    const actions = [];
    if (canGoOn) actions.push(this.goOn);
    if (navigation.offersChoice) actions.push(this.openContents);
    const kind = navigation.offersChoice ? "choose" : canGoOn ? "closed" : "nothing_open";
    if (kind === "nothing_open") {
      if (navigation.canRepeat) actions.push(this.backToPart({ choice: navigation.current.id }));
      actions.push(this.leave);
    }
    this.show(`${kind}_title`, this.say(`${kind}_text`), first(...actions));
    if (navigation.offersChoice) this.act.contents();
  }

  notDelivered(request) {
    const again = this.action("try_again", () => this.act.go(request));
    this.show("not_delivered_title", this.say("not_delivered_text"), first(again));
  }

  /// Asks before results are given up.
  abandon(request) {
    const doIt = this.action("abandon_do", () => this.act.go(request));
    this.show("abandon_title", this.say("abandon_text"), first(this.backToPage, doIt));
  }

  /// The course has been left. `goTo`: where its launcher wants the learner to be.
  left(course, goTo, seen) {
    if (wasOpened && seen) closeWindow();
    const actions = [];
    if (goTo) actions.push(this.action("return", () => location.replace(goTo)));
    else if (wasOpened) actions.push(this.action("close_window", closeWindow));
    const hint = goTo ? "" : `\n${this.say(window.parent === window ? "may_close" : "may_leave")}`;
    this.show("left_title", this.courseResult(course) + hint, first(...actions));
  }

  /// The server takes nothing more from this page.
  stopped(reason, unsaved) {
    const kind = { superseded: "superseded", ended: "ended", "unknown-session": "ended" }[reason] ?? "failed";
    const more = unsaved && kind !== "failed" ? `\n${this.say(`${kind}_unsaved`)}` : "";
    const goTo = this.launch.return_url;
    const actions = goTo ? [this.action("return", () => location.replace(goTo))] : [];
    this.show(`${kind}_title`, this.say(`${kind}_text`) + more, first(...actions));
  }

  get leaveLabel() {
    if (this.launch.return_url) return "return";
    return wasOpened ? "close_window" : "leave";
  }

  /// In a course of several parts, those that are still to come weigh in its result.
  courseResult(course) {
    const isUnderWay = statusKey(course) === "failed" && course.completion !== "completed" && !this.navigation.single;
    if (!isUnderWay || !this.recorded) return this.result(course);
    return this.say("result_so_far", { score: this.score(course) });
  }

  result(status) {
    if (!this.recorded) return this.say("result_unrecorded");
    const key = statusKey(status);
    if (!this.heard && ["not_started", "incomplete"].includes(key)) return this.say("result_silent");
    return this.say(key === "not_started" ? "result_incomplete" : `result_${key}`, { score: this.score(status) });
  }

  score(status) {
    const score = scoreText(this.say, status.score);
    return score && `, ${score}`;
  }
}

/// The first action is the one most learners want.
const first = (...actions) => actions.map((action, at) => ({ ...action, primary: at === 0 }));

