// What a link to somebody's position leads to: one head on the map, for whoever has the link, until it ends.
import { fill, h, icon } from "./dom.js";
import { age, shownName, time } from "./format.js";
import { MapView } from "./map.js";
import { Members } from "./members.js";
import { strings } from "./strings.en.js";

const id = "shared";

export function showShared(root, token) {
  const address = `/api/v1/shares/view/${encodeURIComponent(token)}`;
  const members = new Members();
  const mapElement = h("div", { class: "map", role: "application", "aria-label": strings.map });
  const title = h("bdi", { class: "group-name wide" });
  const pill = h("span", { class: "pill", role: "status", dataset: { state: "connecting" } }, strings.connecting);
  const said = h("p", { class: "shared-note", "aria-live": "polite" });
  const stage = h("main", { class: "stage" }, mapElement, said);
  fill(root, h("div", { class: "app alone" }, h("header", { class: "bar" }, h("img", { class: "logo", alt: strings.appName, width: 30,
    height: 30, src: `${document.documentElement.dataset.assets}/icon.svg` }), title, h("span", { class: "grow" }), pill), stage));
  const map = window.L ? new MapView(mapElement, members) : null;
  if (!map) mapElement.append(h("p", { class: "plain" }, strings.noMap));
  map?.follow(id);
  stage.append(h("div", { class: "map-buttons" }, h("button", { class: "map-button", type: "button", "aria-label": strings.follow,
    title: strings.follow, onclick: () => map?.follow(id) }, icon("target"))));
  let expiresAt = 0;
  let events = null;
  /** How far this machine's clock is behind the hub's, in milliseconds. */
  let behind = 0;

  const state = (isLive) => {
    pill.dataset.state = isLive ? "open" : "waiting";
    pill.textContent = isLive ? strings.connected : strings.reconnecting(0);
    if (members.isConnected === isLive) return;
    members.isConnected = isLive;
    members.dispatchEvent(new Event("change"));
  };

  const take = (shared) => {
    document.title = title.textContent = strings.sharedBy(shownName(shared.displayName));
    expiresAt = Date.parse(shared.expiresAt);
    behind = Date.parse(shared.serverTime) - Date.now();
    if (!members.all.has(id) || !shared.location) {
      members.takeSnapshot([{ deviceId: id, displayName: shared.displayName, status: "online", lastSeenAt: shared.serverTime,
        lastLocation: shared.location }]);
      map?.follow(id);
    } else {
      members.takePositions([{ ...shared.location, deviceId: id }]);
    }
    state(true);
    say();
  };

  const say = () => {
    const fixAt = members.all.get(id)?.fixAt;
    const parts = [fixAt ? strings.seen(age(Date.now() + behind - fixAt)) : strings.freshness.none];
    if (expiresAt) parts.push(strings.ends(time(new Date(expiresAt))));
    said.textContent = parts.join(" · ");
  };

  const over = () => {
    events?.close();
    clearInterval(ticking);
    fill(root, h("p", { class: "plain", role: "alert" }, strings.shareOver));
    document.title = strings.appName;
  };

  const open = () => {
    events = new EventSource(`${address}/events`);
    events.addEventListener("position", (event) => take(JSON.parse(event.data)));
    events.addEventListener("end", over);
    events.onerror = async () => {
      state(false);
      if (events.readyState !== EventSource.CLOSED) return;
      // A refusal ends it for good; only the answer says which.
      const status = await fetch(address, { cache: "no-store" }).then((response) => response.status, () => 0);
      if (status === 404) over();
      else setTimeout(open, 5000 + Math.random() * 5000);
    };
  };

  const ticking = setInterval(() => {
    say();
    if (expiresAt && Date.now() + behind > expiresAt) over();
  }, 1000);
  open();
}
