// Brings the content's calls to the server: in order, once each, whatever the network does.
//
// The content never waits for this. Every call is numbered, kept in the journal and queued; the
// queue is sent after a moment, at once on Commit and Terminate, and again until the server says
// that it has it. Sending a call twice is harmless: the server skips the numbers it has.

/// What one request may carry.
export const CALLS_MAX = 1000;
/// Well under the protocol's 4 MiB, so that a slow uplink is not asked for one long request.
const BATCH_BYTES_MAX = 1024 * 1024;
/// Fetch lets all keepalive requests of a page under way hold 64 KiB together.
const KEEPALIVE_BYTES_MAX = 64 * 1024;
const ENVELOPE_BYTES = 100;
const TIMEOUT_MS = 30_000;
const BACKOFF_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];
const SENT_AT_ONCE = /^(LMS)?(Commit|Terminate|Finish)$/;
const READS = /Get(Value|LastError|ErrorString|Diagnostic)$/;
/// While any request has been under way for longer than this, the content is not kept waiting for one.
const SLOW_MS = 3000;
/// Refusals after which this page sends nothing more, whatever was asked.
const ENDED = new Set(["superseded", "ended", "unknown-session"]);
const REFUSALS = new Set([...ENDED, "gap", "too-large", "invalid"]);

const encoder = new TextEncoder();

/// The calls of one delivery that the server has not acknowledged.
class Queue {
  constructor(delivery) {
    this.delivery = delivery;
    this.calls = [];
    this.count = 0;
    this.kept = 0;
    this.applied = 0;
    this.closing = false;
    this.done = false;
  }

  /// Some of these calls change something; a page that only read has nothing to lose.
  get unsaved() {
    return this.calls.some((call) => call.writes);
  }

  get pending() {
    return this.calls.length > 0 || (this.closing && !this.done);
  }

  /// The longest run of calls from the first unacknowledged one that fits in `bytes`.
  batch(bytes) {
    let size = ENVELOPE_BYTES;
    let length = 0;
    while (length < Math.min(this.calls.length, CALLS_MAX)) {
      size += this.calls[length].bytes + 1;
      if (size > bytes) break;
      length += 1;
    }
    return this.calls.slice(0, length);
  }

  body(calls, validity = false) {
    const closing = this.closing && calls.length === this.calls.length;
    const texts = calls.map((call) => call.text).join(",");
    return `{"delivery":${this.delivery},"calls":[${texts}],"validity":${validity},"closing":${closing}}`;
  }

  acknowledge(applied) {
    this.calls = this.calls.filter((call) => call.number > applied);
  }
}

/// One session's line to the server.
///
/// `onChange(state)`: idle, saving, saved, unsaved, or what ended it. `onAnswer(queue, answer)`: the
/// server applied calls; a third argument says that it has told something newer already. `onUncounted()`: calls
/// of a part that was left came too late to count. `onStop(reason)`: nothing more will be taken.
export class Transport {
  constructor({ base, flushMilliseconds, heartbeatSeconds, journal, onChange, onAnswer, onUncounted, onStop }) {
    Object.assign(this, { base, flushMilliseconds, journal, onChange, onAnswer, onUncounted, onStop });
    this.queues = [];
    this.underWay = new Set();
    this.batchBytes = BATCH_BYTES_MAX;
    this.keepaliveBytes = 0;
    this.failures = 0;
    this.stopped = null;
    this.saved = false;
    this.uncounted = false;
    this.leaving = false;
    this.lastRequest = Date.now();
    this.heartbeatMilliseconds = heartbeatSeconds * 1000;
    this.heart = setInterval(() => this.heartbeat(), this.heartbeatMilliseconds);
    this.listen();
  }

  listen() {
    addEventListener("online", () => this.retryNow());
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", () => { this.leaving = false; });
    addEventListener("storage", ({ newValue }) => {
      if (newValue === null && !this.stopped) this.queues.forEach(({ delivery, calls }) => this.journal.mend(delivery, calls));
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.sendKeepalive();
      else this.retryNow();
    });
  }

  get state() {
    if (this.stopped) return this.stopped;
    if (this.queues.some((queue) => queue.unsaved)) return this.failures > 0 ? "unsaved" : "saving";
    return this.saved ? "saved" : "idle";
  }

  /// Opens the queue of a delivery; `add` puts its calls in.
  open(delivery) {
    const queue = new Queue(delivery);
    this.queues.push(queue);
    return queue;
  }

  /// Takes a call `{name, args, result, error, at, by?}`; it is kept before this returns.
  add(queue, { name, args, result, error, at, by }) {
    const number = (queue.count += 1);
    const text = JSON.stringify([number, name, args, result, error, at].concat(by ?? []));
    queue.calls.push({ number, text, bytes: encoder.encode(text).length, writes: !READS.test(name) });
    this.journal.write(queue.delivery, number, text);
    if (this.leaving) this.sendBeforeItIsTooLate();
    else if (SENT_AT_ONCE.test(name)) this.flush();
    else this.flushTimer ??= setTimeout(() => this.flush(), this.flushMilliseconds);
    this.onChange(this.state);
  }

  /// The content is gone from the frame: sends what is left. Settles when the server has it all, or
  /// will take no more.
  close(queue) {
    queue.closing = true;
    const settled = new Promise((resolve) => { queue.settle = resolve; });
    if (this.stopped) queue.settle();
    else this.flush();
    return settled;
  }

  flush() {
    clearTimeout(this.flushTimer);
    this.flushTimer = null;
    // While the network is failing the retry timer decides, or every Commit would be a new try.
    if (this.retryTimer === undefined) this.pump();
  }

  retryNow() {
    if (this.failures === 0) return;
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    this.pump();
  }

  async pump() {
    if (this.pumping) return;
    this.pumping = true;
    try {
      for (;;) {
        const queue = this.queues.find((candidate) => candidate.pending);
        if (this.stopped || queue === undefined || !(await this.sendBatch(queue))) break;
      }
    } finally {
      this.pumping = false;
      this.onChange(this.state);
    }
  }

  /// Sends one batch; false when it has to be tried again later.
  async sendBatch(queue) {
    const calls = queue.batch(this.batchBytes);
    const batch = calls.length > 0 ? calls : queue.calls.slice(0, 1);
    const body = queue.body(batch);
    const closing = body.endsWith('"closing":true}');
    const reply = await this.post("calls", body);
    if (reply.kind === "refused" && reply.type === "too-large" && batch.length > 1) {
      this.batchBytes = Math.floor(this.batchBytes / 2);
      return true;
    }
    const taken = this.take(queue, reply, batch);
    if (taken && closing) {
      queue.done = true;
      queue.settle?.();
      this.queues = this.queues.filter((candidate) => candidate !== queue);
    }
    return taken;
  }

  /// Acts on the answer to `calls`; true when the server took them.
  take(queue, reply, calls) {
    const tells = Number.isInteger(reply.body?.applied);
    if (reply.kind === "ok" && tells) {
      const isLost = reply.body.counted === false && calls.some((call) => call.writes && queue.calls.includes(call));
      this.acknowledge(queue, reply.body.applied);
      this.recovered();
      if (isLost) this.overtaken(queue);
      this.saved = true;
      const late = queue.done || reply.body.applied < queue.applied;
      queue.applied = Math.max(queue.applied, reply.body.applied);
      this.onAnswer(queue, reply.body, late);
      return true;
    }
    if (reply.type === "superseded") this.loggedOnly(queue, calls);
    if (reply.type === "gap" && tells) {
      this.acknowledge(queue, reply.body.applied);
      // What the server lacks and this page no longer holds cannot be mended from here.
      if (queue.calls.length > 0 && queue.calls[0].number > reply.body.applied + 1) this.stop("invalid");
      else this.failed(reply);
    } else if (reply.kind === "refused") {
      this.stop(reply.type === "gap" ? "invalid" : reply.type);
    } else {
      // Unreachable, or an answer that is not this server's: nothing is known to have arrived.
      this.failed(reply);
    }
    return false;
  }

  acknowledge(queue, applied) {
    queue.acknowledge(applied);
    this.journal.acknowledge(queue.delivery, applied);
  }

  /// The same course goes on in another tab, which has this page's address. What was said here after
  /// that is in the server's API log, and nowhere else.
  overtaken(queue) {
    this.uncounted = true;
    if (queue.closing) this.onUncounted();
    else this.stop("superseded");
  }

  /// A newer launch has taken over: the server has these calls in its API log, and nowhere else.
  loggedOnly(queue, calls) {
    this.uncounted ||= calls.some((call) => call.writes);
    if (calls.length > 0) this.acknowledge(queue, calls.at(-1).number);
  }

  recovered() {
    this.failures = 0;
    this.unheard = false;
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
  }

  failed(reply) {
    const wait = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.retryNow(), Math.max(reply.retryAfter ?? 0, wait * (0.8 + 0.4 * Math.random())));
    this.onChange(this.state);
  }

  /// Nothing more is taken. What is queued stays in the journal for the next launch.
  stop(reason) {
    if (this.stopped) return;
    this.stopped = reason;
    clearInterval(this.heart);
    clearTimeout(this.flushTimer);
    clearTimeout(this.retryTimer);
    this.queues.forEach((queue) => queue.settle?.());
    this.onStop(reason);
    this.onChange(this.state);
  }

  /// After a newer launch took over: hands the last calls in once, for the API log alone.
  async sendToLog(queue) {
    if (queue.calls.length === 0) return;
    const calls = queue.batch(BATCH_BYTES_MAX);
    const reply = await this.post("calls", queue.body(calls));
    if (reply.type === "superseded" || reply.body?.counted === false) this.loggedOnly(queue, calls);
  }

  /// `adl.nav.request_valid` as it is after all that the content has said, or null when the server
  /// cannot be asked. The content waits meanwhile, so nothing is asked that may not be answered.
  validity(queue) {
    while (this.canWaitFor(queue)) {
      const calls = queue.batch(this.batchBytes);
      const whole = calls.length === queue.calls.length;
      const reply = !whole && calls.length === 0 ? null : postNow(`${this.base}calls`, queue.body(calls, whole));
      if (reply?.kind !== "ok" || !this.take(queue, reply, calls)) break;
      this.lastRequest = Date.now();
      this.onChange(this.state);
      if (whole) return reply.body.validity ?? null;
    }
    // What is wrong shows when the queue is sent as usual.
    this.unheard = true;
    return null;
  }

  canWaitFor(queue) {
    const isSlow = [...this.underWay].some(({ begun }) => Date.now() - begun > SLOW_MS);
    const isFailing = this.failures > 0 || this.unheard || isSlow || navigator.onLine === false;
    return !(this.stopped || this.leaving || queue.closing || isFailing);
  }

  leave() {
    this.leaving = true;
    this.sendKeepalive();
  }

  /// While the page goes away the content's own handlers still run, each with its own calls.
  sendBeforeItIsTooLate() {
    if (this.keepaliveQueued) return;
    this.keepaliveQueued = true;
    queueMicrotask(() => {
      this.keepaliveQueued = false;
      this.sendKeepalive();
    });
  }

  /// Sends all that is unacknowledged, or as much as is let through, in a request that outlives the
  /// page. What does not fit is in the journal.
  sendKeepalive() {
    if (this.stopped) return;
    for (const queue of this.queues) {
      const last = queue.calls.at(-1)?.number ?? 0;
      if (last <= queue.kept) continue;
      const calls = queue.batch(KEEPALIVE_BYTES_MAX - this.keepaliveBytes);
      if (calls.length === 0) continue;
      const body = queue.body(calls);
      const bytes = encoder.encode(body).length;
      this.keepaliveBytes += bytes;
      queue.kept = calls.at(-1).number;
      this.post("calls", body, { keepalive: true }).then((reply) => {
        this.keepaliveBytes -= bytes;
        if (reply.kind === "ok") this.take(queue, reply, calls);
        else queue.kept = 0;
        this.onChange(this.state);
      });
    }
  }

  async heartbeat() {
    if (Date.now() - this.lastRequest < this.heartbeatMilliseconds / 2) return;
    const reply = await this.post("heartbeat", "{}");
    if (reply.kind === "refused") this.stop(reply.type);
    if (reply.kind === "ok") this.retryNow();
  }

  /// A request whose answer is needed to go on: tried until it is answered; a GET without `body`.
  /// `onWait` hears about every failure.
  async ask(path, body, onWait = () => {}) {
    for (let tries = 0; ; tries += 1) {
      const reply = await this.post(path, typeof body === "object" ? JSON.stringify(body) : body);
      if (reply.kind !== "unreachable") {
        if (reply.kind === "refused" && ENDED.has(reply.type)) this.stop(reply.type);
        return reply;
      }
      onWait(reply);
      const wait = BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)];
      await new Promise((resolve) => {
        this.askAgain = resolve;
        addEventListener("online", resolve, { once: true });
        setTimeout(resolve, Math.max(reply.retryAfter ?? 0, wait));
      });
    }
  }

  /// `{kind: "ok", body}`, `{kind: "refused", type, body}` or `{kind: "unreachable", retryAfter}`.
  async post(path, body, { keepalive = false } = {}) {
    this.lastRequest = Date.now();
    const request = { begun: this.lastRequest };
    this.underWay.add(request);
    try {
      const response = await fetch(`${this.base}${path}`, {
        method: body === undefined ? "GET" : "POST",
        body,
        keepalive,
        signal: keepalive ? undefined : AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.ok) return { kind: "ok", body: JSON.parse(text || "{}") };
      return refusal(response, text);
    } catch (error) {
      return { kind: "unreachable", error };
    } finally {
      this.underWay.delete(request);
    }
  }
}

/// Posts and waits for the answer, in the form of `post`. For what content must know at once alone.
function postNow(url, body) {
  const request = new XMLHttpRequest();
  try {
    request.open("POST", url, false);
    request.send(body);
    if (request.status >= 200 && request.status < 300) return { kind: "ok", body: JSON.parse(request.responseText) };
  } catch {
    // No network, or the browser lets no page wait at this moment.
  }
  return { kind: "unreachable" };
}

/// A problem document of the service decides. Any other refusal is from something on the way, such as
/// a proxy or a network's sign-in page, and may pass with time.
function refusal(response, text) {
  const seconds = Number(response.headers.get("Retry-After"));
  const retryAfter = seconds > 0 ? seconds * 1000 : undefined;
  const problem = parsed(text);
  const type = typeof problem?.type === "string" ? problem.type.split(/[/:#]/).at(-1) : "";
  if (REFUSALS.has(type)) return { kind: "refused", type, body: problem };
  if (response.status === 413) return { kind: "refused", type: "too-large" };
  return { kind: "unreachable", retryAfter };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
