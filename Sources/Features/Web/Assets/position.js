// One's own position, from the browser, when one asks for that; reported as a device of one's own.
import { call, Refused } from "./api.js";
import { recall, remember } from "./settings.js";
import { toast } from "./dom.js";
import { explain } from "./signin.js";
import { strings } from "./strings.en.js";

/** Milliseconds between two reports at least, and after which one is sent although nobody has moved. */
const reportEvery = 1000;
const repeatEvery = 60000;

/** Tells `change` when sharing begins or ends, and `place` when one's place is another. */
export class OwnPosition extends EventTarget {
  #stream;
  #user;
  #watch = null;
  #sentAt = 0;
  #repeat = 0;
  #later = 0;
  #latest = null;
  #waiting = [];
  /** Another one at each start and stop: what an earlier start waited for does not count any more. */
  #run = 0;
  #registering = null;
  /** A device that is to leave the map and has not. */
  #unremoved = null;
  device = null;
  group = null;
  isSharing = false;

  constructor(stream, user) {
    super();
    this.#stream = stream;
    this.#user = user;
    stream.addEventListener("welcome", () => this.#resend());
    stream.addEventListener("deviceLost", () => this.stop());
  }

  /** Where one is: `latitude`, `longitude`; nothing before one shares it. */
  get place() { return this.isSharing ? this.#latest : null; }

  get #key() { return `presence.device.${this.#user.id}`; }

  /** Makes this browser a device of the group's, and reports where it is. */
  async start(group) {
    if (!navigator.geolocation || !window.isSecureContext) return toast(strings.geolocationMissing, true);
    const run = ++this.#run;
    toast(strings.locating);
    let first;
    try {
      first = await new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject,
        { enableHighAccuracy: true, timeout: 20000, maximumAge: 5000 }));
    } catch (error) {
      return toast(error.code === 1 ? strings.geolocationDenied : strings.geolocationFailed, true);
    }
    if (run !== this.#run) return undefined;
    let device;
    try {
      this.#registering = this.#register(group);
      device = await this.#registering;
    } catch (error) {
      if (run !== this.#run) return undefined;
      return toast(error.code === "group_full" ? strings.groupFull : error.status === 409 ? strings.tooManyDevices
        : explain(error), true);
    }
    if (run !== this.#run) return this.#remove(device).catch(() => { /* It is offline, at least. */ });
    this.#unremoved = null;
    this.device = device;
    this.group = group;
    this.isSharing = true;
    this.#latest = this.#fix(first);
    this.#waiting = [];
    this.dispatchEvent(new Event("change"));
    this.#stream.start(this.device);
    // One may have shared with another group until now.
    this.#unwatch();
    this.#watch = navigator.geolocation.watchPosition((position) => this.#moved(position),
      (error) => { if (error.code === 1) { this.stop(); toast(strings.geolocationDenied, true); } },
      { enableHighAccuracy: true, maximumAge: 1000 });
    this.#repeat = setInterval(() => {
      if (this.#latest && Date.now() - this.#sentAt > repeatEvery) this.#report({ ...this.#latest, timestamp: Date.now() });
    }, 5000);
    if (this.#stream.state === "open") this.#resend();
    return undefined;
  }

  async #register(group) {
    let id = recall(this.#key);
    for (let attempt = 0; attempt < 2; attempt++) {
      id ??= crypto.randomUUID();
      try {
        await call("POST", "/devices/register", { deviceId: id, displayName: this.#deviceName(), groupId: group,
          platform: "web" });
        remember(this.#key, id);
        return id;
      } catch (error) {
        // Somebody else's, or gone for good: another one.
        if (error.code !== "conflict" || !/another ID/u.test(error.message)) throw error;
        id = null;
      }
    }
    throw new Refused(409);
  }

  /** 2 to 50 characters, which a person's name need not be. */
  #deviceName() {
    const name = this.#user.displayName.trim();
    return name.length >= 2 ? Array.from(name).slice(0, 40).join("") : `${name} (web)`;
  }

  /** Stops reporting; the device leaves the group's map. */
  async stop() {
    this.#run += 1;
    this.#unwatch();
    const { device } = this;
    this.isSharing = false;
    this.device = null;
    this.group = null;
    this.#latest = null;
    this.#waiting = [];
    this.dispatchEvent(new Event("change"));
    if (!device) return;
    this.#stream.start(null);
    await this.#remove(device).catch(() => { /* It is offline, at least. */ });
  }

  /** As `stop`, before one signs out; fails if the device is still on the map and another attempt may take it off. */
  async leave() {
    await this.stop();
    // A start that was under way may have made a device of this browser meanwhile.
    await this.#registering?.catch(() => { /* There is none. */ });
    if (this.#unremoved) await this.#remove(this.#unremoved);
  }

  async #remove(device) {
    this.#unremoved = device;
    try {
      await call("DELETE", `/devices/${device}`);
    } catch (error) {
      // Gone, or not ours to remove: that does not change.
      if (error.status === 0 || error.status === 429 || error.status >= 500) throw error;
    }
    if (this.#unremoved === device) this.#unremoved = null;
  }

  #unwatch() {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    clearInterval(this.#repeat);
    clearTimeout(this.#later);
    this.#watch = null;
  }

  #fix(position) {
    const { latitude, longitude, accuracy, altitude, heading, speed } = position.coords;
    const fix = { timestamp: Math.round(position.timestamp), latitude, longitude, accuracy, provider: "browser" };
    if (altitude !== null) fix.altitude = altitude;
    if (heading !== null && !Number.isNaN(heading)) fix.bearing = heading;
    if (speed !== null && speed >= 0) fix.speed = speed;
    return fix;
  }

  /** Reports where one is at once, or, within a second of the last report, when it is over: the last move counts too. */
  #moved(position) {
    const fix = this.#fix(position);
    clearTimeout(this.#later);
    const wait = this.#sentAt + reportEvery - Date.now();
    if (wait > 0) this.#later = setTimeout(() => this.#report(fix), wait);
    else this.#report(fix);
  }

  /** Sends a fix, and keeps it until it is stored. */
  async #report(fix) {
    this.#latest = fix;
    this.#sentAt = Date.now();
    this.dispatchEvent(new Event("place"));
    this.#waiting.push(fix);
    if (this.#waiting.length > 50) this.#waiting.shift();
    try {
      await this.#stream.ask({ type: "location", ...fix });
      this.#waiting = this.#waiting.filter((one) => one !== fix);
    } catch (error) {
      // What is wrong with it does not get better.
      if (error.code === "validation_error") this.#waiting = this.#waiting.filter((one) => one !== fix);
    }
  }

  async #resend() {
    if (!this.isSharing || !this.#latest) return;
    const waiting = this.#waiting.length > 0 ? [...this.#waiting] : [this.#latest];
    try {
      await this.#stream.ask({ type: "locations", locations: waiting });
      this.#waiting = this.#waiting.filter((one) => !waiting.includes(one));
      this.#sentAt = Date.now();
    } catch { /* With the next connection. */ }
  }
}
