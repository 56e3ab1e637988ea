// presence.v1.packed: what presence.v1 says, in a tenth of the bytes. docs/protocol.md, "Packed", has the layout.

const tag = {
  location: 0x01, locations: 0x02, positions: 0x81, snapshot: 0x82, presence: 0x83, member: 0x84, ack: 0x85, position: 0x86,
  json: 0x7b,
};
const statuses = ["online", "away", "busy", "offline"];
/** A label's number is its place. */
const labels = ["gps", "network", "fused", "passive", "wifi", "cellular", "mobile", "ethernet", "none", "2g", "3g", "4g", "5g",
  "lte", "nr", "unknown"];
const unitsPerDegree = 1e7;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// MARK: Reading

/** What the hub sent is no message of the protocol. */
export class Malformed extends Error {}

/** Reads value by value; beyond the end, and of what cannot be, throws. */
class Cursor {
  #view;
  #at = 0;

  constructor(buffer) { this.#view = new DataView(buffer); }

  get isAtEnd() { return this.#at === this.#view.byteLength; }

  #take(width) {
    const start = this.#at;
    if (width > this.#view.byteLength - start) throw new Malformed("it ends too early");
    this.#at += width;
    return start;
  }

  finish() { if (!this.isAtEnd) throw new Malformed("something follows"); }

  byte() { return this.#view.getUint8(this.#take(1)); }

  /** The next byte, which is not read yet. */
  peek() {
    const next = this.byte();
    this.#at -= 1;
    return next;
  }

  /** As many of 63 bits as a JavaScript number holds, which no time and no count goes beyond. */
  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 49) throw new Malformed("a number is too large");
      if (next < 0x80) {
        if (next === 0 && scale > 1) throw new Malformed("a number is longer than it needs to be");
        return value;
      }
    }
  }

  signed() { return signed(this.number()); }

  /** An `id` or a `re`; undefined for none. */
  id() {
    const number = this.number();
    return number === 0 ? undefined : number - 1;
  }

  text(length = this.number()) {
    const start = this.#take(length);
    try {
      return decoder.decode(new Uint8Array(this.#view.buffer, start, length));
    } catch {
      throw new Malformed("a text is not UTF-8");
    }
  }

  /** All that is left. */
  rest() { return this.text(this.#view.byteLength - this.#at); }

  uuid() {
    const start = this.#take(16);
    const digits = Array.from(new Uint8Array(this.#view.buffer, start, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /** With its sign, the lowest byte first. */
  word(width) {
    const start = this.#take(width);
    switch (width) {
      case 2: return this.#view.getInt16(start, true);
      case 3: return this.#view.getUint16(start, true) + this.#view.getInt8(start + 2) * 0x10000;
      default: return this.#view.getInt32(start, true);
    }
  }

  double() { return this.#view.getFloat64(this.#take(8), true); }

  measure(isSigned = false) {
    const written = this.number();
    const [unit, bits] = [written % 4, Math.floor(written / 4)];
    if (unit < 3) return (isSigned ? signed(bits) : bits) / [1, 10, 100][unit];
    if (bits === 0) return this.double();
    if (bits === 1) return this.#view.getFloat32(this.#take(4), true);
    throw new Malformed("a measure of no known form");
  }

  label() {
    const written = this.number();
    const half = Math.floor(written / 2);
    if (written % 2 === 0) return this.text(half);
    if (half >= labels.length) throw new Malformed("a label that has no number");
    return labels[half];
  }

  reference() { return { time: this.signed(), latitude: this.word(4), longitude: this.word(4) }; }

  /** As `presence.v1` has a location. */
  fix(reference) {
    const flags = this.byte();
    const form = flags & 3;
    if (form < 2 && !reference) throw new Malformed("a difference from nothing");
    const fix = {};
    if (form < 2) {
      const written = this.number();
      const elapsed = Math.floor(written / 2);
      fix.timestamp = moment(reference.time + (written % 2 ? elapsed : elapsed * 1000));
    } else {
      fix.timestamp = moment(this.signed());
    }
    for (const name of ["latitude", "longitude"]) {
      fix[name] = form === 3 ? this.double() : ((form < 2 ? reference[name] : 0) + this.word(form + 2)) / unitsPerDegree;
    }
    fix.accuracy = this.measure();
    if (flags & 4) fix.altitude = this.measure(true);
    if (flags & 8) fix.bearing = this.measure();
    if (flags & 16) fix.speed = this.measure();
    if (flags & 32) fix.provider = this.label();
    if (flags & 64) fix.batteryLevel = this.number();
    if (flags & 128) fix.networkType = this.label();
    return fix;
  }

  /** A presence, and the byte that it began with. */
  presence() {
    const first = this.byte();
    if (first >= 64) throw new Malformed("a presence of no known form");
    const presence = { status: statuses[first & 7] ?? "online" };
    if (first & 8) presence.note = this.text();
    presence.lastSeenAt = moment(this.signed());
    return [presence, first];
  }
}

const signed = (number) => (number % 2 === 0 ? number / 2 : -(number + 1) / 2);

function moment(milliseconds) {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) throw new Malformed("a time that cannot be");
  return date.toISOString();
}

/** Reads what the hub says on one connection: keeps what its numbers stand for, and each member's anchor. */
export class PackedReader {
  /** By the hub's number: `id`, and `members` by theirs, each with `device`, `anchor` and `version`. */
  #groups = new Map();

  /** The group is not watched any more. */
  forget(id) {
    for (const [number, group] of this.#groups) if (group.id === id) this.#groups.delete(number);
  }

  /**
   * The message as `presence.v1` has it. Null for one that is not for this client or that it does not know. `outdated` with the
   * `group` of one that builds on what this client was not told, which watching anew mends; nothing of it was taken.
   */
  read(buffer) {
    const cursor = new Cursor(buffer);
    const first = cursor.peek();
    if (first === tag.json) return parse(cursor.rest());
    cursor.byte();
    switch (first) {
      case tag.position: return this.#positions(cursor, cursor.number(), 1);
      case tag.positions: return this.#positions(cursor, cursor.number(), cursor.number());
      case tag.snapshot: return this.#snapshot(cursor);
      case tag.presence: return this.#presence(cursor);
      case tag.member: return this.#member(cursor);
      case tag.ack: {
        const message = withReply(cursor.id(), { type: "ack", processed: cursor.number() });
        cursor.finish();
        return message;
      }
      default: return null;
    }
  }

  #positions(cursor, number, count) {
    const group = this.#groups.get(number);
    const anchors = new Map();
    const positions = [];
    let isOutdated = false;
    for (let index = 0; index < count; index += 1) {
      const key = cursor.number();
      const place = Math.floor(key / 2);
      const version = cursor.byte();
      const told = key % 2 ? cursor.reference() : null;
      const member = group?.members.get(place);
      const known = anchors.get(place) ?? member;
      const anchor = told ?? (known?.version === version ? known.anchor : null);
      const isDifference = (cursor.peek() & 3) < 2;
      // What cannot be understood is read all the same: whatever follows may be.
      const isMissing = isDifference && !anchor;
      const fix = cursor.fix(isMissing ? { time: 0, latitude: 0, longitude: 0 } : anchor);
      if (!member || isMissing) isOutdated = true;
      else positions.push({ deviceId: member.device, ...fix });
      if (told) anchors.set(place, { anchor: told, version });
    }
    cursor.finish();
    if (!group) return null;
    if (isOutdated) return { type: "outdated", group: group.id };
    for (const [place, told] of anchors) Object.assign(group.members.get(place), told);
    return { type: "positions", group: group.id, positions };
  }

  #snapshot(cursor) {
    const re = cursor.id();
    const number = cursor.number();
    const group = { id: cursor.text(), members: new Map() };
    const members = [];
    for (let left = cursor.number(); left > 0; left -= 1) {
      const place = cursor.number();
      const member = { device: cursor.uuid(), anchor: null, version: 0 };
      const entry = { deviceId: member.device, displayName: cursor.text() };
      const [presence, first] = cursor.presence();
      Object.assign(entry, presence);
      if (first & 32) {
        member.version = cursor.byte();
        member.anchor = cursor.reference();
      }
      if (first & 16) entry.lastLocation = cursor.fix(member.anchor);
      members.push(entry);
      group.members.set(place, member);
    }
    cursor.finish();
    this.forget(group.id);
    this.#groups.set(number, group);
    return withReply(re, { type: "snapshot", group: group.id, members });
  }

  #presence(cursor) {
    const group = this.#groups.get(cursor.number());
    const place = cursor.number();
    const [presence] = cursor.presence();
    cursor.finish();
    if (!group) return null;
    const member = group.members.get(place);
    if (!member) return { type: "outdated", group: group.id };
    return { type: "presence", group: group.id, deviceId: member.device, ...presence };
  }

  #member(cursor) {
    const group = this.#groups.get(cursor.number());
    const place = cursor.number();
    const message = parse(cursor.rest());
    if (!group) return null;
    const device = message.device?.deviceId;
    if (message.type !== "member" || message.group !== group.id) throw new Malformed("a member of another group");
    if (message.change === "left") group.members.delete(place);
    else if (message.change === "joined") group.members.set(place, { device, anchor: null, version: 0 });
    else if (group.members.get(place)?.device !== device) return { type: "outdated", group: group.id };
    return message;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed("it is no JSON");
  }
}

const withReply = (re, message) => (re === undefined ? message : { ...message, re });

// MARK: Writing

/** Writes what a client says on one connection; whatever it has written must be sent. */
export class PackedWriter {
  /** The fix before, from which the next is told. */
  #reference = null;

  /** The hub could not read a message and has forgotten what came before. */
  forget() { this.#reference = null; }

  /** Locations in their own form, anything else as JSON. */
  write(message) {
    if (message.type === "location") return this.#fixes([tag.location], message.id, [message]);
    if (message.type === "locations") {
      return this.#fixes([tag.locations], message.id, message.locations, message.locations.length);
    }
    return encoder.encode(JSON.stringify(message));
  }

  #fixes(bytes, id, fixes, count) {
    appendNumber(bytes, id === undefined ? 0 : id + 1);
    if (count !== undefined) appendNumber(bytes, count);
    for (const fix of fixes) this.#fix(bytes, fix);
    return new Uint8Array(bytes);
  }

  #fix(bytes, fix) {
    const reference = this.#reference;
    const [latitude, longitude] = [units(fix.latitude), units(fix.longitude)];
    const isExact = isWhole(latitude, fix.latitude) && isWhole(longitude, fix.longitude);
    const north = latitude - reference?.latitude;
    const east = longitude - reference?.longitude;
    const reach = Math.max(Math.abs(north), Math.abs(east));
    // An older fix is told whole: differences of time have no sign.
    const isNext = isExact && reference !== null && fix.timestamp >= reference.time;
    const form = !isExact ? 3 : isNext && reach < 2 ** 15 ? 0 : isNext && reach < 2 ** 23 ? 1 : 2;

    const optional = ["altitude", "bearing", "speed", "provider", "batteryLevel", "networkType"];
    const flags = optional.reduce((flags, name, place) => (fix[name] === undefined ? flags : flags | (4 << place)), form);
    bytes.push(flags);
    if (form < 2) {
      const elapsed = fix.timestamp - reference.time;
      appendNumber(bytes, elapsed % 1000 === 0 ? (elapsed / 1000) * 2 : elapsed * 2 + 1);
    } else {
      appendSigned(bytes, fix.timestamp);
    }
    if (form === 3) for (const degrees of [fix.latitude, fix.longitude]) appendFloat(bytes, degrees, 8);
    else for (const units of form === 2 ? [latitude, longitude] : [north, east]) appendWord(bytes, units, form + 2);
    appendMeasure(bytes, fix.accuracy);
    if (fix.altitude !== undefined) appendMeasure(bytes, fix.altitude, true);
    if (fix.bearing !== undefined) appendMeasure(bytes, fix.bearing);
    if (fix.speed !== undefined) appendMeasure(bytes, fix.speed);
    if (fix.provider !== undefined) appendLabel(bytes, fix.provider);
    if (fix.batteryLevel !== undefined) appendNumber(bytes, fix.batteryLevel);
    if (fix.networkType !== undefined) appendLabel(bytes, fix.networkType);
    const isOnMap = Math.max(Math.abs(latitude), Math.abs(longitude)) < 2 ** 31;
    this.#reference = isOnMap ? { time: fix.timestamp, latitude, longitude } : null;
  }
}

/** The nearest whole number of 10⁻⁷ degrees, halves away from zero as the hub takes them; never the zero with a sign. */
const units = (degrees) => Math.sign(degrees) * Math.round(Math.abs(degrees * unitsPerDegree)) + 0;
const isWhole = (units, degrees) => Math.abs(units) < 2 ** 31 && Object.is(units / unitsPerDegree, degrees);

function appendNumber(bytes, value) {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}

function appendSigned(bytes, value) { appendNumber(bytes, value < 0 ? -value * 2 - 1 : value * 2); }

function appendWord(bytes, value, width) { for (let place = 0; place < width; place += 1) bytes.push((value >> (8 * place)) & 255); }

function appendFloat(bytes, value, width) {
  const view = new DataView(new ArrayBuffer(width));
  if (width === 8) view.setFloat64(0, value, true);
  else view.setFloat32(0, value, true);
  bytes.push(...new Uint8Array(view.buffer));
}

/** Whole ones, tenths or hundredths if that is the very value, else the bits it has. */
function appendMeasure(bytes, value, isSigned = false) {
  for (const [unit, scale] of [1, 10, 100].entries()) {
    const count = Math.round(value * scale) + 0;
    if (!(Math.abs(count) < 2 ** 31) || !Object.is(count / scale, value) || (count < 0 && !isSigned)) continue;
    const written = !isSigned ? count : count < 0 ? -count * 2 - 1 : count * 2;
    return appendNumber(bytes, written * 4 + unit);
  }
  const isShort = Math.fround(value) === value;
  appendNumber(bytes, isShort ? 7 : 3);
  appendFloat(bytes, value, isShort ? 4 : 8);
}

function appendLabel(bytes, label) {
  const number = labels.indexOf(label);
  if (number >= 0) return appendNumber(bytes, number * 2 + 1);
  const text = encoder.encode(label);
  appendNumber(bytes, text.length * 2);
  bytes.push(...text);
}
