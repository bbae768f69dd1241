// Keeps the calls that the server has not acknowledged, in this browser, so that a killed tab or a
// lost network loses nothing.
//
// It must be synchronous: the browser may kill the page right after a call returns. localStorage
// is; WebCrypto is not. So the expensive half of the cipher is made ahead of need:
//
//   - AES-256-CTR (WebCrypto) over zeros gives a keystream, kept in memory a few hundred kB ahead.
//     The counter block is a 96-bit nonce, random for every page load, and a 32-bit block number,
//     so no piece of keystream is used twice.
//   - Each entry takes the next piece, starting at a block: 32 bytes are its one-time Poly1305 key
//     (RFC 8439, section 2.5), the rest is XORed over the call (encrypt, then MAC). The MAC covers
//     the entry's storage key and the ciphertext, framed as in RFC 8439, section 2.8, so that an
//     entry can neither be changed nor moved to another call.
//   - The key comes from the server with the launch and is the registration's own. It never rests
//     in this browser, so what is found here by another course or person cannot be read.
//
// Storage key: attestry.journal/{registration}/{session}/{delivery}/{call number}
// Value:       "1." and the base64 of nonce (12 bytes), block number (4), MAC (16), ciphertext.

const FORMAT = "1.";
const PREFIX = "attestry.journal/";
const BLOCK_BYTES = 16;
const NONCE_BYTES = 12;
const MAC_BYTES = 16;
const HEADER_BYTES = NONCE_BYTES + 4 + MAC_BYTES;
const POLY1305_KEY_BYTES = 32;
const REFILL_BYTES = 64 * 1024 * 4;
const RESERVE_BYTES = 64 * 1024 * 8;
/// localStorage holds about 5 million characters for a whole origin; the content may want some.
export const JOURNAL_CHARACTERS_MAX = 4 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/// Poly1305 of RFC 8439, section 2.5, on the browser's big integers.
export function poly1305(key, message) {
  const PRIME = (1n << 130n) - 5n;
  const r = littleEndian(key, 0, 16) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += BLOCK_BYTES) {
    const length = Math.min(BLOCK_BYTES, message.length - at);
    sum = ((sum + littleEndian(message, at, length) + (1n << BigInt(8 * length))) * r) % PRIME;
  }
  sum += littleEndian(key, 16, 16);
  const tag = new Uint8Array(MAC_BYTES);
  const view = new DataView(tag.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, sum), true);
  view.setBigUint64(8, BigInt.asUintN(64, sum >> 64n), true);
  return tag;
}

function littleEndian(bytes, at, length) {
  if (length === BLOCK_BYTES) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_BYTES);
    return view.getBigUint64(0, true) | (view.getBigUint64(8, true) << 64n);
  }
  let number = 0n;
  for (let index = length - 1; index >= 0; index -= 1) number = (number << 8n) | BigInt(bytes[at + index]);
  return number;
}

/// What the MAC covers: both parts padded to blocks, then both lengths (RFC 8439, section 2.8).
function authenticated(name, ciphertext) {
  const header = encoder.encode(name);
  const padded = (length) => Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
  const message = new Uint8Array(padded(header.length) + padded(ciphertext.length) + BLOCK_BYTES);
  message.set(header);
  message.set(ciphertext, padded(header.length));
  const lengths = new DataView(message.buffer, message.length - BLOCK_BYTES);
  lengths.setBigUint64(0, BigInt(header.length), true);
  lengths.setBigUint64(8, BigInt(ciphertext.length), true);
  return message;
}

const sameBytes = (one, other) =>
  one.length === other.length && one.reduce((difference, byte, at) => difference | (byte ^ other[at]), 0) === 0;

function toBase64(bytes) {
  if (bytes.toBase64 !== undefined) return bytes.toBase64();
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/// The keystream of one page load: bytes that were made and not used yet, and where they stand.
class Keystream {
  constructor(subtle, key, nonce) {
    Object.assign(this, { subtle, key, nonce });
    this.bytes = new Uint8Array(0);
    this.nextBlock = 0;
    this.madeBlock = 0;
    this.refilling = null;
  }

  /// `length` fresh bytes and the block number they start at, or null when too few are ready.
  take(length) {
    const whole = Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
    if (whole > this.bytes.length) return null;
    const piece = { block: this.nextBlock, bytes: this.bytes.subarray(0, length) };
    this.bytes = this.bytes.subarray(whole);
    this.nextBlock += whole / BLOCK_BYTES;
    return piece;
  }

  /// Makes bytes until the reserve and `atLeast` are there; one refill at a time.
  refill(atLeast = 0) {
    this.refilling ??= this.fill(atLeast).finally(() => { this.refilling = null; });
    return this.refilling;
  }

  async fill(atLeast) {
    while (this.bytes.length < RESERVE_BYTES + atLeast) {
      const fresh = await keystreamAt(this.subtle, this.key, this.nonce, this.madeBlock, new Uint8Array(REFILL_BYTES));
      this.madeBlock += REFILL_BYTES / BLOCK_BYTES;
      const joined = new Uint8Array(this.bytes.length + fresh.length);
      joined.set(this.bytes);
      joined.set(fresh, this.bytes.length);
      this.bytes = joined;
    }
  }
}

async function keystreamAt(subtle, key, nonce, block, input) {
  const counter = new Uint8Array(BLOCK_BYTES);
  counter.set(nonce);
  new DataView(counter.buffer).setUint32(NONCE_BYTES, block);
  return new Uint8Array(await subtle.encrypt({ name: "AES-CTR", counter, length: 32 }, key, input));
}

/// The journal of one page load for one registration.
///
/// `trouble` is null, `unavailable` (this browser keeps nothing: denied, or no secure context) or
/// `full`. Calls that could not be written yet wait in memory and are tried again.
export class Journal {
  constructor({ registration, session, onTrouble = () => {} }) {
    this.home = `${PREFIX}${registration}/`;
    this.session = session;
    this.onTrouble = onTrouble;
    this.trouble = "unavailable";
    this.written = new Map();
    this.waiting = [];
    this.characters = 0;
  }

  /// Makes the key and the first keystream. Never fails: `trouble` says when nothing can be kept.
  async open(base64Key) {
    try {
      this.storage = window.localStorage;
      this.storage.setItem(`${PREFIX}probe`, "1");
      this.storage.removeItem(`${PREFIX}probe`);
      this.subtle = window.crypto.subtle;
      this.key = await this.subtle.importKey("raw", fromBase64(base64Key), "AES-CTR", false, ["encrypt", "decrypt"]);
      this.nonce = window.crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      this.keystream = new Keystream(this.subtle, this.key, this.nonce);
      await this.keystream.refill();
      this.characters = this.names(PREFIX).reduce((sum, name) => sum + this.sizeOf(name), 0);
      this.trouble = null;
    } catch (error) {
      console.warn("attestry: this browser cannot keep unsent calls:", error);
    }
    return this;
  }

  names(prefix) {
    return Array.from({ length: this.storage.length }, (_, at) => this.storage.key(at))
      .filter((name) => name?.startsWith(prefix));
  }

  sizeOf(name) {
    return name.length + (this.storage.getItem(name)?.length ?? 0);
  }

  /// Everything not acknowledged yet is on this browser's disk.
  get complete() {
    return this.trouble !== "unavailable" && this.waiting.length === 0;
  }

  /// Keeps one call; `text` is its JSON. Synchronous.
  write(delivery, number, text) {
    if (this.trouble === "unavailable") return;
    this.waiting.push({ delivery, number, text });
    this.writeWaiting();
  }

  /// Content shares this storage, and some of it empties it: what is gone of `calls` is kept again.
  mend(delivery, calls) {
    if (this.trouble === "unavailable") return;
    this.characters = this.names(PREFIX).reduce((sum, name) => sum + this.sizeOf(name), 0);
    const isWaiting = (number) => this.waiting.some((call) => call.delivery === delivery && call.number === number);
    for (const { number, text } of calls) {
      const isKept = this.storage.getItem(this.name(delivery, number)) !== null;
      if (!isKept && !isWaiting(number)) this.waiting.push({ delivery, number, text });
    }
    this.writeWaiting();
  }

  name(delivery, number) {
    return `${this.home}${this.session}/${delivery}/${number}`;
  }

  writeWaiting() {
    while (this.waiting.length > 0) {
      const { delivery, number, text } = this.waiting[0];
      const name = this.name(delivery, number);
      const plain = encoder.encode(text);
      const piece = this.keystream.take(POLY1305_KEY_BYTES + plain.length);
      if (piece === null) {
        this.keystream.refill(plain.length).then(() => this.writeWaiting());
        return;
      }
      if (!this.store(name, this.seal(name, piece, plain))) return;
      if (!this.written.has(delivery)) this.written.set(delivery, []);
      this.written.get(delivery).push(number);
      this.waiting.shift();
    }
    this.setTrouble(null);
    if (this.keystream.bytes.length < RESERVE_BYTES / 2) this.keystream.refill();
  }

  seal(name, piece, plain) {
    const sealed = new Uint8Array(HEADER_BYTES + plain.length);
    const ciphertext = sealed.subarray(HEADER_BYTES);
    for (let at = 0; at < plain.length; at += 1) ciphertext[at] = plain[at] ^ piece.bytes[POLY1305_KEY_BYTES + at];
    sealed.set(this.nonce);
    new DataView(sealed.buffer).setUint32(NONCE_BYTES, piece.block);
    sealed.set(poly1305(piece.bytes.slice(0, POLY1305_KEY_BYTES), authenticated(name, ciphertext)), NONCE_BYTES + 4);
    return FORMAT + toBase64(sealed);
  }

  store(name, value) {
    const size = name.length + value.length;
    try {
      if (this.characters + size > JOURNAL_CHARACTERS_MAX) throw new RangeError("journal is full");
      this.storage.setItem(name, value);
      this.characters += size;
      return true;
    } catch (error) {
      console.warn("attestry: a call could not be kept in this browser:", error);
      this.setTrouble("full");
      return false;
    }
  }

  setTrouble(trouble) {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    this.onTrouble(trouble);
  }

  /// The server has this delivery's calls up to `applied`: they need not be kept any longer.
  acknowledge(delivery, applied) {
    if (this.trouble === "unavailable") return;
    const numbers = this.written.get(delivery) ?? [];
    numbers.filter((number) => number <= applied).forEach((number) => this.forget(this.session, delivery, number));
    this.written.set(delivery, numbers.filter((number) => number > applied));
    this.waiting = this.waiting.filter((call) => call.delivery !== delivery || call.number > applied);
    this.writeWaiting();
  }

  forget(session, delivery, number) {
    const name = `${this.home}${session}/${delivery}/${number}`;
    // Another tab of this registration may have sent and removed it.
    if (this.storage.getItem(name) === null) return;
    this.characters -= this.sizeOf(name);
    this.storage.removeItem(name);
  }

  /// What earlier page loads of this registration left: `[{session, delivery, calls: [text]}]`, the
  /// calls as JSON in order. An entry that does not open is dropped.
  async earlier() {
    if (this.trouble === "unavailable") return [];
    const deliveries = new Map();
    for (const name of this.names(this.home)) {
      const [session, delivery, number] = name.slice(this.home.length).split("/");
      const text = await this.openEntry(name);
      if (text === null) {
        console.warn(`attestry: dropped a journal entry that does not open: ${name}`);
        this.forget(session, delivery, number);
        continue;
      }
      const group = `${session}/${delivery}`;
      if (!deliveries.has(group)) deliveries.set(group, { session, delivery: Number(delivery), calls: [] });
      deliveries.get(group).calls.push({ number: Number(number), text });
    }
    const found = [...deliveries.values()];
    found.forEach(({ calls }) => calls.sort((one, other) => one.number - other.number));
    return found.sort((one, other) => one.delivery - other.delivery);
  }

  async openEntry(name) {
    try {
      const value = this.storage.getItem(name);
      if (!value.startsWith(FORMAT)) return null;
      const sealed = fromBase64(value.slice(FORMAT.length));
      const block = new DataView(sealed.buffer).getUint32(NONCE_BYTES);
      const mac = sealed.subarray(NONCE_BYTES + 4, HEADER_BYTES);
      const ciphertext = sealed.slice(HEADER_BYTES);
      const input = new Uint8Array(POLY1305_KEY_BYTES + ciphertext.length);
      input.set(ciphertext, POLY1305_KEY_BYTES);
      const opened = await keystreamAt(this.subtle, this.key, sealed.subarray(0, NONCE_BYTES), block, input);
      const expected = poly1305(opened.slice(0, POLY1305_KEY_BYTES), authenticated(name, ciphertext));
      return sameBytes(mac, expected) ? decoder.decode(opened.subarray(POLY1305_KEY_BYTES)) : null;
    } catch {
      return null;
    }
  }
}
