// The map: who is where, moving between what was reported, with the way of the last minutes.
import { h, icon } from "./dom.js";
import { age, characters, initials } from "./format.js";
import { isDark, settings, settingsChanges } from "./settings.js";
import { strings } from "./strings.en.js";
import { makeLayer, read } from "./outlines.js";

/** Milliseconds between changes of circles and ways, which are drawn anew each time. */
const shapesEvery = 100;
/** Milliseconds that a movement takes at least and at most. */
const shortest = 120;
const longest = 1200;
/** Pixels within which heads would lie on each other. */
const crowd = 30;

/** Tells `pick` with a member as `detail`, and `follow` when whom the map follows has changed. */
export class MapView extends EventTarget {
  #members;
  #marks = new Map();
  #map;
  #base = null;
  #outlines = null;
  #scale = null;
  #frame = 0;
  #shapesAt = 0;
  #isZooming = false;
  #hasFitted = false;
  #stillness = matchMedia("(prefers-reduced-motion: reduce)");
  followed = null;
  /** While the past is shown, what is reported moves nobody. */
  isPast = false;

  constructor(element, members) {
    super();
    const { L } = window;
    this.#members = members;
    this.#map = L.map(element, { zoomControl: false, minZoom: 2, maxZoom: 19, attributionControl: false,
      zoomSnap: 0.5, worldCopyJump: false });
    this.#map.setView([30, 10], 2.5);
    L.control.zoom({ position: "bottomright", zoomInTitle: strings.zoomIn, zoomOutTitle: strings.zoomOut }).addTo(this.#map);
    this.attribution = L.control.attribution({ prefix: false, position: "bottomright" }).addTo(this.#map);
    this.renderer = L.canvas({ padding: 0.3 });
    this.#makeBase();
    this.#makeScale();
    fetch("/api/v1/travel/outlines").then(async (response) => {
      if (response.status !== 200) return;
      this.#outlines = read(await response.arrayBuffer());
      this.#makeBase();
    }).catch(() => { /* Lines of latitude and longitude serve as well. */ });
    settingsChanges.addEventListener("change", () => {
      this.#makeBase();
      this.#makeScale();
    });
    this.#map.on("zoomstart", () => { this.#isZooming = true; });
    this.#map.on("zoomend", () => {
      this.#isZooming = false;
      this.#spread();
      this.#animate();
    });
    this.#map.on("moveend", () => this.#wrap());
    this.#map.on("dragstart", () => this.follow(null));
    members.addEventListener("change", () => this.#update());
    members.addEventListener("moved", (event) => this.#moved(event.detail));
    setInterval(() => this.#refresh(), 1000);
    new ResizeObserver(() => this.#map.invalidateSize()).observe(element);
  }

  get leaflet() { return this.#map; }

  #makeBase() {
    const { L } = window;
    const { tiles, attribution } = document.documentElement.dataset;
    if (this.#base) this.#map.removeLayer(this.#base);
    if (tiles) {
      const text = document.createElement("span");
      text.textContent = attribution;
      this.#base = L.tileLayer(tiles, { maxZoom: 19, attribution: text.innerHTML });
    } else {
      this.#base = makeLayer(this.#outlines, isDark());
    }
    this.#base.addTo(this.#map);
    this.#base.setZIndex(0);
  }

  #makeScale() {
    if (this.#scale) this.#map.removeControl(this.#scale);
    this.#scale = window.L.control.scale({ position: "bottomleft", metric: settings.units === "metric",
      imperial: settings.units === "imperial" }).addTo(this.#map);
  }

  // Who is there

  #update() {
    for (const [id, mark] of this.#marks) {
      if (!this.#members.all.get(id)?.fix) this.#remove(id, mark);
    }
    for (const member of this.#members.all.values()) {
      if (!member.fix) continue;
      const mark = this.#marks.get(member.id) ?? this.#add(member);
      mark.member = member;
      this.#describe(mark);
      if (!this.isPast) this.#moved(member);
    }
    if (!this.#hasFitted && this.#marks.size > 0) {
      this.#hasFitted = true;
      this.fit(false);
    }
    this.#spread();
  }

  /** Everybody is to be fitted anew, such as of another group. */
  forget() {
    this.#hasFitted = false;
    this.follow(null);
  }

  #add(member) {
    const { L } = window;
    const heading = h("div", { class: "heading" });
    const avatar = h("div", { class: "avatar" });
    const tag = h("div", { class: "tag" }, h("bdi", { class: "tag-name" }), h("span", { class: "tag-age" }));
    const element = h("div", { class: "pin", dataset: { device: member.id } }, h("div", { class: "stem" }), heading, avatar, tag);
    const place = this.#near(member.fix.latitude, member.fix.longitude);
    const marker = L.marker(place, { icon: L.divIcon({ html: element, className: "pin-holder", iconSize: [0, 0] }),
      keyboard: true, riseOnHover: true });
    const circle = L.circle(place, { radius: 0, renderer: this.renderer, interactive: false, stroke: true, weight: 1 });
    const trail = L.polyline([], { renderer: this.renderer, interactive: false, weight: 4, lineCap: "round" });
    trail.addTo(this.#map);
    circle.addTo(this.#map);
    marker.addTo(this.#map);
    const pick = () => this.dispatchEvent(new CustomEvent("pick", { detail: this.#members.all.get(member.id) }));
    marker.on("click", pick);
    marker.getElement().setAttribute("role", "button");
    marker.on("keypress", (event) => { if (event.originalEvent.key === "Enter") pick(); });
    const mark = { member, marker, circle, trail, element, heading, avatar, tag, at: place, from: place, to: place,
      start: 0, duration: 0, isMoving: false, fixAt: 0 };
    this.#marks.set(member.id, mark);
    return mark;
  }

  #remove(id, mark) {
    for (const layer of [mark.marker, mark.circle, mark.trail]) this.#map.removeLayer(layer);
    this.#marks.delete(id);
    if (this.followed === id) this.follow(null);
  }

  /** All that is said of somebody beside where they are. */
  #describe(mark) {
    const { member, element } = mark;
    const freshness = this.isPast ? "live" : this.#members.freshness(member);
    const isNew = mark.freshness !== freshness || mark.colour !== member.colour;
    mark.freshness = freshness;
    mark.colour = member.colour;
    element.dataset.state = freshness;
    element.dataset.status = member.status;
    element.style.setProperty("--colour", member.colour);
    if (mark.name !== member.name) {
      mark.name = member.name;
      const letters = initials(member.name);
      mark.avatar.textContent = letters;
      mark.avatar.classList.toggle("long", characters(letters).length > 1);
      mark.tag.firstChild.textContent = member.name;
    }
    const said = freshness === "live" ? "" : ` · ${age(Date.now() - (member.fixAt ?? 0))}`;
    if (mark.said !== said) {
      mark.said = said;
      mark.tag.lastChild.textContent = said;
    }
    const label = strings.memberOnMap(member.name, strings.freshness[freshness], age(Date.now() - (member.fixAt ?? 0)));
    if (mark.label !== label) {
      mark.label = label;
      mark.marker.getElement()?.setAttribute("aria-label", label);
    }
    if (isNew) {
      const tint = freshness === "live" ? member.colour : "#8a929c";
      mark.circle.setStyle({ color: tint, opacity: 0.35, fillColor: tint, fillOpacity: 0.1 });
      const strength = isDark() ? 0.9 : 0.55;
      mark.trail.setStyle({ color: tint, opacity: freshness === "live" ? strength : 0.35 });
    }
  }

  #refresh() {
    for (const mark of this.#marks.values()) this.#describe(mark);
  }

  // Moving

  /** The place on the copy of the earth that is looked at. */
  #near(lat, lng, reference = this.#map.getCenter().lng) {
    return window.L.latLng(lat, lng + 360 * Math.round((reference - lng) / 360));
  }

  #moved(member) {
    const mark = this.#marks.get(member.id);
    if (!mark) return this.#update();
    if (this.isPast) return;
    const to = this.#near(member.fix.latitude, member.fix.longitude, mark.at.lng);
    if (mark.fixAt === member.fixAt && mark.to.equals(to)) return;
    const sinceLast = mark.fixAt ? member.fixAt - mark.fixAt : 0;
    mark.fixAt = member.fixAt;
    this.#head(mark, member.fix);
    this.#describe(mark);
    this.#go(mark, to, Math.max(shortest, Math.min(longest, sinceLast)));
  }

  #head(mark, fix) {
    const isHeading = fix.bearing !== undefined && fix.bearing !== null && (fix.speed ?? 1) > 0.3;
    mark.heading.hidden = !isHeading;
    if (isHeading) mark.heading.style.transform = `rotate(${fix.bearing}deg)`;
    mark.circle.setRadius(Math.min(fix.accuracy ?? 0, 50000));
  }

  #go(mark, to, duration) {
    mark.from = mark.at;
    mark.to = to;
    mark.start = performance.now();
    // Far away is elsewhere: nobody flies over the map.
    const isFar = this.#map.latLngToLayerPoint(mark.from).distanceTo(this.#map.latLngToLayerPoint(to)) > 1500;
    mark.duration = this.#stillness.matches || isFar || document.hidden ? 0 : duration;
    mark.isMoving = true;
    this.#animate();
  }

  #animate() {
    if (this.#frame) return;
    if (document.hidden) return this.#step(performance.now());
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      this.#step(now);
    });
  }

  #step(now) {
    let isMoving = false;
    const drawsShapes = now - this.#shapesAt > shapesEvery;
    if (drawsShapes) this.#shapesAt = now;
    for (const mark of this.#marks.values()) {
      if (!mark.isMoving) continue;
      const part = mark.duration > 0 ? Math.min(1, Math.max(0, (now - mark.start) / mark.duration)) : 1;
      mark.at = window.L.latLng(mark.from.lat + (mark.to.lat - mark.from.lat) * part,
        mark.from.lng + (mark.to.lng - mark.from.lng) * part);
      mark.isMoving = part < 1;
      isMoving ||= mark.isMoving;
      if (!this.#isZooming) mark.marker.setLatLng(mark.at);
      if (drawsShapes || !mark.isMoving) this.#shape(mark);
      if (this.followed === mark.member.id && !this.#isZooming) {
        this.#map.setView(mark.at, this.#map.getZoom(), { animate: false });
      }
    }
    if (isMoving) this.#animate();
    else this.#spread();
  }

  #shape(mark) {
    mark.circle.setLatLng(mark.at);
    if (this.isPast) return;
    const points = mark.member.trail.map((point) => this.#near(point.lat, point.lng, mark.at.lng));
    if (mark.isMoving) points.pop();
    points.push(mark.at);
    mark.trail.setLatLngs(points);
  }

  /** Shows everybody on the copy of the earth that the middle of the map is on. */
  #wrap() {
    const centre = this.#map.getCenter().lng;
    for (const mark of this.#marks.values()) {
      const turns = 360 * Math.round((centre - mark.at.lng) / 360);
      if (turns === 0) continue;
      for (const name of ["at", "from", "to"]) mark[name] = window.L.latLng(mark[name].lat, mark[name].lng + turns);
      mark.marker.setLatLng(mark.at);
      this.#shape(mark);
    }
  }

  /** Heads that would lie on each other stand around their place. */
  #spread() {
    const marks = [...this.#marks.values()].map((mark) => ({ mark, point: this.#map.latLngToLayerPoint(mark.to) }));
    const left = new Set(marks);
    for (const entry of marks) {
      if (!left.delete(entry)) continue;
      const near = [...left].filter((other) => other.point.distanceTo(entry.point) < crowd);
      if (near.length === 0) {
        this.#offset(entry.mark, 0, 0, false);
        continue;
      }
      const all = [entry, ...near].sort((one, other) => one.mark.member.id < other.mark.member.id ? -1 : 1);
      const radius = Math.max(24, all.length * 40 / (2 * Math.PI));
      all.forEach(({ mark }, index) => {
        left.delete(near.find((other) => other.mark === mark));
        const angle = 2 * Math.PI * index / all.length - Math.PI / 2;
        this.#offset(mark, Math.cos(angle) * radius, Math.sin(angle) * radius, true);
      });
    }
  }

  #offset(mark, x, y, isSpread) {
    const key = `${Math.round(x)},${Math.round(y)}`;
    if (mark.offset === key) return;
    mark.offset = key;
    mark.element.style.setProperty("--dx", `${Math.round(x)}px`);
    mark.element.style.setProperty("--dy", `${Math.round(y)}px`);
    mark.element.style.setProperty("--reach", `${Math.round(Math.hypot(x, y))}px`);
    mark.element.style.setProperty("--angle", `${Math.atan2(y, x)}rad`);
    mark.element.classList.toggle("spread", isSpread);
  }

  // Looking

  /** Shows everybody, across the 180th meridian if that is the shorter way. */
  fit(isAnimated = true) {
    this.follow(null);
    const marks = [...this.#marks.values()];
    if (marks.length === 0) return;
    const reference = MapView.middle(marks.map((mark) => mark.to.lng));
    const bounds = window.L.latLngBounds(marks.map((mark) => this.#near(mark.to.lat, mark.to.lng, reference)));
    const isNarrow = innerWidth < 800;
    this.#map.fitBounds(bounds, { maxZoom: 15, animate: isAnimated && !this.#stillness.matches,
      paddingTopLeft: [50, 70], paddingBottomRight: [50, isNarrow ? 130 : 60] });
  }

  /** The middle of some longitudes, on the side of the earth where they are. */
  static middle(longitudes) {
    const sorted = longitudes.map((lng) => ((lng + 180) % 360 + 360) % 360 - 180).sort((one, other) => one - other);
    let widest = sorted[0] + 360 - sorted[sorted.length - 1];
    let start = sorted[0];
    for (let index = 1; index < sorted.length; index++) {
      const gap = sorted[index] - sorted[index - 1];
      if (gap > widest) [widest, start] = [gap, sorted[index]];
    }
    return start + (360 - widest) / 2;
  }

  show(id, zoom = 15) {
    const mark = this.#marks.get(id);
    if (!mark) return;
    this.#map.setView(this.#near(mark.to.lat, mark.to.lng), Math.max(zoom, this.#map.getZoom()),
      { animate: !this.#stillness.matches });
  }

  showPlace(lat, lng) { this.#map.setView(this.#near(lat, lng), Math.max(15, this.#map.getZoom())); }

  follow(id) {
    if (this.followed === id) return;
    this.followed = id;
    if (id) this.show(id);
    this.dispatchEvent(new Event("follow"));
  }

  highlight(id) {
    for (const [other, mark] of this.#marks) mark.element.classList.toggle("picked", other === id);
  }

  // The past

  /** Shows where everybody was: `places` by device, each with `lat`, `lng`, `fix` and `way`, or nothing of who was nowhere. */
  showPast(places) {
    this.isPast = true;
    for (const [id, mark] of this.#marks) {
      const place = places.get(id);
      mark.element.classList.toggle("absent", !place);
      if (!place) {
        mark.circle.setRadius(0);
        mark.trail.setLatLngs([]);
        continue;
      }
      mark.at = mark.to = mark.from = this.#near(place.lat, place.lng, mark.at.lng);
      mark.isMoving = false;
      this.#head(mark, place.fix);
      this.#describe(mark);
      mark.marker.setLatLng(mark.at);
      mark.circle.setLatLng(mark.at);
      mark.trail.setLatLngs(place.way.map((point) => this.#near(point.lat, point.lng, mark.at.lng)));
    }
    this.#spread();
  }

  showPresent() {
    this.isPast = false;
    for (const mark of this.#marks.values()) {
      mark.element.classList.remove("absent");
      mark.fixAt = 0;
    }
    this.#update();
    for (const mark of this.#marks.values()) this.#shape(mark);
  }

  /** The button that shows everybody. */
  makeFitButton() {
    return h("button", { class: "map-button", type: "button", "aria-label": strings.fitAll, title: strings.fitAll,
      onclick: () => this.fit() }, icon("fit"));
  }
}
