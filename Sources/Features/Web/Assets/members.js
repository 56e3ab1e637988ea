// Who is in the group that is looked at, and where each was last.
import { colour, shownName } from "./format.js";

/** Milliseconds after which somebody who reports without a connection, and who reports not at all, counts as away. */
const silentAfter = 60000;
const staleAfter = 300000;
/** How much of somebody's way is kept and shown, in milliseconds. */
const trailLength = 15 * 60000;
const trailPoints = 600;

/** Tells `change` when who is there changes, and `moved` with a member as `detail` when somebody does. */
export class Members extends EventTarget {
  /** By device. */
  all = new Map();
  /** By user, as the group's own list has them. */
  people = new Map();
  isConnected = false;

  /** Takes the group's people, who need not have a device. */
  setPeople(list) {
    this.people = new Map(list.map((person) => [person.userId, person]));
    this.#owners = new Map(list.flatMap((person) => person.devices.map((device) => [device, person])));
    for (const member of this.all.values()) this.#name(member);
    this.dispatchEvent(new Event("change"));
  }
  #owners = new Map();

  clear() {
    this.all.clear();
    this.people.clear();
    this.#owners.clear();
    this.dispatchEvent(new Event("change"));
  }

  /** Replaces what was known, but for the ways. */
  takeSnapshot(list) {
    const before = this.all;
    this.all = new Map();
    for (const entry of list) this.#take(entry, before.get(entry.deviceId));
    this.dispatchEvent(new Event("change"));
  }

  takeMember({ change, device }) {
    if (change === "left") this.all.delete(device.deviceId);
    else this.#take({ ...this.#entry(device.deviceId), ...device }, this.all.get(device.deviceId));
    this.dispatchEvent(new Event("change"));
  }

  #entry(id) {
    const member = this.all.get(id);
    return member && { status: member.status, note: member.note, lastSeenAt: new Date(member.seenAt).toISOString(),
      lastLocation: member.fix };
  }

  #take(entry, known) {
    const member = known ?? { id: entry.deviceId, trail: [], heardAt: 0, leftAt: 0 };
    member.deviceName = entry.displayName;
    member.status = entry.status ?? "offline";
    member.note = entry.note ?? "";
    member.seenAt = Date.parse(entry.lastSeenAt ?? "") || 0;
    this.#name(member);
    this.all.set(member.id, member);
    if (entry.lastLocation) this.#place(member, entry.lastLocation);
  }

  #name(member) {
    const person = this.#owners.get(member.id);
    member.userId = person?.userId ?? null;
    member.name = person?.displayName ?? shownName(member.deviceName);
    member.colour = colour(member.userId ?? member.id);
  }

  takePresence({ deviceId, status, note, lastSeenAt }) {
    const member = this.all.get(deviceId);
    if (!member) return;
    // One that was connected is gone when it says so; one that reports by REST was never there.
    if (status !== "offline") member.leftAt = 0;
    else if (member.status !== "offline") member.leftAt = Date.now();
    member.status = status;
    member.note = note ?? "";
    member.seenAt = Date.parse(lastSeenAt) || member.seenAt;
    this.dispatchEvent(new Event("change"));
  }

  takePositions(list) {
    for (const fix of list) {
      const member = this.all.get(fix.deviceId);
      if (!member) continue;
      member.heardAt = Date.now();
      this.#place(member, fix);
      this.dispatchEvent(new CustomEvent("moved", { detail: member }));
    }
  }

  #place(member, fix) {
    const at = typeof fix.timestamp === "number" ? fix.timestamp : Date.parse(fix.timestamp);
    if (member.fix && at < member.fixAt) return;
    if (member.fixAt !== at) {
      member.trail.push({ lat: fix.latitude, lng: fix.longitude, at });
      const start = at - trailLength;
      while (member.trail.length > trailPoints || member.trail[0].at < start) member.trail.shift();
    }
    member.fix = fix;
    member.fixAt = at;
    member.seenAt = Math.max(member.seenAt, Math.min(at, Date.now()));
  }

  /** Puts what is stored of the last minutes before what was heard. */
  takeTrails(devices) {
    for (const { deviceId, locations } of devices) {
      const member = this.all.get(deviceId);
      if (!member) continue;
      const first = member.trail[0]?.at ?? Infinity;
      const older = locations.map((fix) => ({ lat: fix.latitude, lng: fix.longitude, at: Date.parse(fix.timestamp) }));
      member.trail = older.filter((point) => point.at < first).concat(member.trail);
    }
    this.dispatchEvent(new Event("change"));
  }

  /** `live`, `stale`, `offline`, or `none` of who has not been anywhere yet. */
  freshness(member, now = Date.now()) {
    if (!member.fix) return "none";
    if (!this.isConnected) return "stale";
    const silence = now - member.fixAt;
    if (member.status === "offline") {
      const isReporting = member.leftAt
        ? member.heardAt > member.leftAt && now - member.heardAt < silentAfter : silence < silentAfter;
      return isReporting ? "live" : "offline";
    }
    return silence < staleAfter ? "live" : "stale";
  }
}
