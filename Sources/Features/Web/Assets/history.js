// The last hours, to be moved through.
import { call } from "./api.js";
import { fill, h, icon, toast } from "./dom.js";
import { timeWithSeconds } from "./format.js";
import { explain } from "./signin.js";
import { strings } from "./strings.en.js";

/** How much longer than its time a playback of everything takes: an hour in half a minute. */
const playSpeed = 120;
/** How old a position may be to be shown, in milliseconds. */
const oldest = 30 * 60000;

/** Tells `end` when one goes back to now. */
export class History extends EventTarget {
  #map;
  #tracks = [];
  #from = 0;
  #to = 0;
  #timer = 0;
  #group = null;
  isOpen = false;

  constructor(map) {
    super();
    this.#map = map;
    this.hours = h("select", { "aria-label": strings.history, onchange: () => this.#load() },
      [1, 3, 12, 24].map((count) => h("option", { value: count }, strings.lastHours(count))));
    this.slider = h("input", { type: "range", min: 0, max: 1000, value: 1000, step: 1, "aria-label": strings.timeSlider,
      oninput: () => this.#show() });
    this.label = h("output", { class: "moment" });
    this.playButton = h("button", { class: "plain-button", type: "button", onclick: () => this.#play() });
    this.#drawButton();
    this.element = h("section", { class: "history", "aria-label": strings.history, hidden: true }, this.playButton, this.slider,
      this.label, this.hours, h("button", { class: "secondary", type: "button", onclick: () => this.close() },
        strings.backToNow));
  }

  async open(group) {
    this.#group = group;
    this.isOpen = true;
    this.element.hidden = false;
    await this.#load();
    this.slider.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#stop();
    this.element.hidden = true;
    this.#map.showPresent();
    this.dispatchEvent(new Event("end"));
  }

  async #load() {
    this.#stop();
    this.#to = Date.now();
    this.#from = this.#to - Number(this.hours.value) * 3600000;
    try {
      this.#tracks = await History.trails(this.#group, this.#from, this.#to);
    } catch (error) {
      this.#tracks = [];
      toast(explain(error), true);
    }
    if (!this.isOpen) return;
    if (!this.#tracks.some((track) => track.points.length > 0)) toast(strings.noHistory);
    this.slider.value = 1000;
    this.#show();
  }

  /** The ways of a group's devices in a span, in milliseconds. */
  static async trails(group, from, to) {
    const query = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    const { devices } = await call("GET", `/groups/${group}/trails?${query}`);
    return devices.map(({ deviceId, locations }) => ({ deviceId, locations, points: locations.map((fix) => ({
      lat: fix.latitude, lng: fix.longitude, at: Date.parse(fix.timestamp), fix })) }));
  }

  get #moment() { return this.#from + (this.#to - this.#from) * this.slider.value / 1000; }

  #show() {
    const moment = this.#moment;
    const text = timeWithSeconds(new Date(moment));
    this.label.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
    const places = new Map();
    for (const { deviceId, points } of this.#tracks) {
      let index = points.findLastIndex((point) => point.at <= moment);
      if (index < 0 || moment - points[index].at > oldest) continue;
      const before = points[index];
      const after = points[index + 1];
      let { lat, lng } = before;
      // Between two that are near in time, on the way.
      if (after && after.at - before.at < 10 * 60000 && Math.abs(after.lng - before.lng) < 180) {
        const part = (moment - before.at) / (after.at - before.at);
        lat += (after.lat - lat) * part;
        lng += (after.lng - lng) * part;
      }
      const way = points.slice(0, index + 1).filter((point) => moment - point.at < oldest);
      way.push({ lat, lng });
      places.set(deviceId, { lat, lng, fix: before.fix, way });
    }
    this.#map.showPast(places);
  }

  #play() {
    if (this.#timer) return this.#stop();
    if (Number(this.slider.value) >= 1000) this.slider.value = 0;
    let moment = this.#moment;
    let last = performance.now();
    const step = (now) => {
      moment += (now - last) * playSpeed * Math.max(1, Number(this.hours.value) / 3);
      last = now;
      this.slider.value = 1000 * (moment - this.#from) / (this.#to - this.#from);
      this.#show();
      if (moment >= this.#to) return this.#stop();
      this.#timer = requestAnimationFrame(step);
      return undefined;
    };
    // A fine slider, so that the picture moves with every frame.
    this.slider.step = "any";
    this.#timer = requestAnimationFrame(step);
    this.#drawButton();
    return undefined;
  }

  #stop() {
    cancelAnimationFrame(this.#timer);
    this.#timer = 0;
    this.slider.step = 1;
    this.#drawButton();
  }

  #drawButton() {
    fill(this.playButton, icon(this.#timer ? "pause" : "play"));
    this.playButton.setAttribute("aria-label", this.#timer ? strings.pause : strings.play);
  }
}
