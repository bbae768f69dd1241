// What a test has beside the course and a learner's session has not: the inspector, and ways to end
// a session as learners' sessions end.
import { Inspector } from "./inspector.js";

const byId = (id) => document.getElementById(id);

export class Tools {
  constructor(player) {
    this.player = player;
    /// Who makes the call that is being made, when it is not the content.
    this.hand = undefined;
  }

  async open() {
    await loadStyle("inspector.css");
    const { player } = this;
    const { launch } = player;
    this.inspector = new Inspector({
      content: byId("content"),
      toggleAfter: byId("open-log"),
      place: document.querySelector(".where p"),
      activities: launch.activities,
      is2004: launch.course.edition !== "scorm12",
      errorName: (code) => player.table?.errors[code] ?? "",
      act: {
        call: (name, args) => this.call(name, args),
        jump: (id) => player.go({ force: id }),
        relaunch: (how) => this.relaunch(how),
      },
    });
    this.learned();
  }

  delivered({ activity, model }) {
    this.inspector.delivered(activity, model);
    this.learned();
  }

  called(call) {
    this.last = call;
    this.inspector.changed();
  }

  gone() {
    this.inspector.gone();
  }

  learned() {
    this.inspector.learned(this.player.course, this.player.contents.statuses);
  }

  /// A call as the content makes it, which the log tells from the content's own.
  call(name, args) {
    const { delivery } = this.player;
    if (delivery === null) return null;
    this.hand = "inspector";
    try {
      delivery.inside[name](...args);
      return this.last;
    } finally {
      this.hand = undefined;
    }
  }

  /// Ends the session in one of the ways that sessions end, and begins the next one.
  async relaunch(how) {
    const { player } = this;
    if (player.moving) return;
    player.moving = true;
    player.bar.busy(true);
    if (how === "lost") this.lose();
    else if (!player.transport.stopped && !(await player.leave())) return;
    const answer = await player.ask("relaunch", { how });
    if (answer === null) {
      player.moving = false;
      player.bar.busy(false);
      return;
    }
    player.transport.stop("relaunched");
    location.replace(answer.launch);
  }

  /// Nothing more is sent, and the content hears nothing of it.
  lose() {
    const { player } = this;
    player.transport.stop("relaunched");
    player.delivery?.shut();
    player.delivery = null;
  }
}

/// Settles when the style is there, or will not come: then the inspector is only plain.
function loadStyle(name) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(name, import.meta.url).href;
  const loaded = new Promise((resolve) => { link.onload = link.onerror = resolve; });
  document.head.append(link);
  return loaded;
}
