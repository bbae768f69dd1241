// What the learner can do next, as the server last said, and where the learner is. The server
// decides: this only reads its answers.

/// The controls that the menu of the bar holds, in its order.
export const WAYS_OUT = ["exit", "exitAll", "suspendAll", "abandon", "abandonAll"];

export class Navigation {
  /// `activities` is the whole tree in document order; `offered` is the launch's `navigation`.
  constructor({ activities, number, offered }) {
    this.activities = new Map(activities.map((activity) => [activity.id, activity]));
    this.number = number;
    this.offer(offered);
  }

  /// Takes what an answer offers; null when nothing has changed.
  offer(offered) {
    if (offered == null) return;
    this.controls = offered.controls;
    // An activity that the course does not have cannot be drawn.
    this.contents = offered.contents.filter(({ id }) => this.activities.has(id));
  }

  isShown(control) {
    return this.controls[control]?.shown ?? false;
  }

  isEnabled(control) {
    return this.controls[control]?.enabled ?? false;
  }

  canUse(control) {
    return this.isShown(control) && this.isEnabled(control);
  }

  /// The parts that can come into the frame, in the learner's order.
  get parts() {
    return this.contents.filter(({ id }) => this.isPart(id));
  }

  isPart(id) {
    return this.activities.get(id).kind !== "cluster";
  }

  /// The part where the learner is, or was last; undefined before the first one.
  get current() {
    return this.activities.get(this.parts.find(({ current }) => current)?.id);
  }

  /// The place of the current part, counted from 1; 0 before the first one.
  get place() {
    const { parts } = this;
    return { at: parts.findIndex(({ current }) => current) + 1, of: parts.length };
  }

  /// A course of one part needs no contents.
  get single() {
    return [...this.activities.values()].filter(({ kind }) => kind !== "cluster").length <= 1;
  }

  /// Something in the contents can be chosen, besides where the learner is.
  get offersChoice() {
    return this.contents.some(({ visible, refused, current }) => visible && refused == null && !current);
  }

  /// Whether this part can be chosen.
  canChoose(id) {
    return this.contents.some((entry) => entry.id === id && entry.visible && entry.refused == null);
  }

  /// The part where the learner is can be chosen again.
  get canRepeat() {
    return this.parts.some(({ current, visible, refused }) => current && visible && refused == null);
  }

  /// Going on from here can lead to another part.
  get leadsOn() {
    const { at, of } = this.place;
    return this.canUse("continue") && at < of;
  }

  title(id) {
    return this.activities.get(id)?.title;
  }
}
