// The page as a whole: who has signed in, which group is looked at, and what stands where.
import { beforeSignOut, call, Refused, resume, session, signOut } from "./api.js";
import { Chat } from "./chat.js";
import { dialog, field, fill, h, icon, toast } from "./dom.js";
import { choose, enterCode, invite, joinByCode, makeGroup, manage, busy } from "./groups.js";
import { History } from "./history.js";
import { MapView } from "./map.js";
import { Members } from "./members.js";
import { avatar, Panel } from "./panel.js";
import { OwnPosition } from "./position.js";
import { change, recall, remember, settings } from "./settings.js";
import { shareLinks } from "./share.js";
import { showShared } from "./shared.js";
import { isBack } from "./providers.js";
import { explain, showReturn, showSignIn } from "./signin.js";
import { Stream } from "./stream.js";
import { strings } from "./strings.en.js";

const root = document.getElementById("app");
/** How much of the past is shown as a way when a group is opened, in milliseconds. */
const recent = 15 * 60000;

/** What there is while somebody is signed in. */
class App {
  #user = session.user;
  #stream = new Stream();
  #members = new Members();
  #groups = [];
  #group = null;
  #pane = "people";
  #peopleTimer = 0;
  #countdown = 0;

  constructor() {
    this.#chat = new Chat(this.#stream, this.#user);
    this.#own = new OwnPosition(this.#stream, this.#user);
    this.#unregister = beforeSignOut(() => this.#own.leave());
    this.#panel = new Panel(this.#members, () => ({ userId: this.#user.id, place: this.#own.place }));
    this.#build();
    this.#connect();
  }
  #chat;
  #own;
  #unregister;
  #panel;
  #map = null;
  #history = null;

  // What stands where

  #build() {
    this.groupName = h("bdi", { class: "group-name" });
    this.groupBadge = h("span", { class: "badge", hidden: true });
    this.groupButton = h("button", { class: "group-button", type: "button", "aria-haspopup": "dialog",
      onclick: () => this.#choose() }, this.groupName, this.groupBadge, icon("down"));
    this.pill = h("span", { class: "pill", role: "status", dataset: { state: "connecting" } });
    this.shareButton = h("button", { class: "primary share", type: "button", onclick: () => this.#toggleSharing() });
    this.inviteButton = h("button", { class: "bar-button", type: "button", "aria-label": strings.invite,
      title: strings.invite, onclick: () => this.#invite() }, icon("invite"));
    this.menuButton = h("button", { class: "bar-button menu", type: "button", "aria-label": strings.menu,
      title: strings.menu, "aria-haspopup": "dialog", onclick: () => this.#menu() },
    avatar(this.#user.displayName, this.#user.id));
    const bar = h("header", { class: "bar" }, h("img", { class: "logo", alt: strings.appName, width: 30, height: 30,
      src: `${document.documentElement.dataset.assets}/icon.svg` }), this.groupButton, h("span", { class: "grow" }),
    this.pill, this.shareButton, this.inviteButton, this.menuButton);
    this.banner = h("div", { class: "banner", hidden: true });
    this.mapElement = h("div", { class: "map", role: "application", "aria-label": strings.map });
    this.followChip = h("button", { class: "chip", type: "button", hidden: true, "aria-label": strings.unfollow, onclick: () => this.#map?.follow(null) });
    this.stage = h("main", { class: "stage" }, this.mapElement, this.followChip);
    this.tabs = Object.fromEntries(["people", "chat"].map((name) => [name, h("button", { class: "tab", type: "button",
      role: "tab", "aria-controls": `pane-${name}`, id: `tab-${name}`, onclick: () => this.#show(name),
      onkeydown: (event) => this.#tabKey(event, name) }, strings[name], h("span", { class: "badge", hidden: true }))]));
    this.#panel.element.id = "pane-people";
    this.#chat.element.id = "pane-chat";
    for (const name of ["people", "chat"]) {
      const pane = name === "people" ? this.#panel.element : this.#chat.element;
      pane.setAttribute("role", "tabpanel");
      pane.setAttribute("aria-labelledby", `tab-${name}`);
    }
    this.side = h("aside", { class: "side" }, h("div", { class: "tabs", role: "tablist" }, Object.values(this.tabs),
      h("button", { class: "plain-button close-side", type: "button", "aria-label": strings.closePanel,
        onclick: () => this.#show("map") }, icon("close"))), this.#panel.element, this.#chat.element);
    this.foot = Object.fromEntries(["map", "people", "chat"].map((name) => [name, h("button", { class: "foot-button",
      type: "button", onclick: () => this.#show(name) }, icon(name), h("span", {}, strings[name]),
    h("span", { class: "badge", hidden: true }))]));
    fill(root, h("div", { class: "app" }, bar, this.banner, this.stage, this.side,
      h("nav", { class: "foot" }, Object.values(this.foot))));
    if (window.L) this.#buildMap();
    else this.mapElement.append(h("p", { class: "plain" }, strings.noMap));
    this.#drawSharing();
    this.#drawState();
    this.#show(innerWidth < 800 ? "map" : "people");
  }

  #buildMap() {
    this.#map = new MapView(this.mapElement, this.#members);
    this.#history = new History(this.#map);
    this.historyButton = h("button", { class: "map-button", type: "button", "aria-label": strings.history,
      title: strings.history, onclick: () => this.#openHistory() }, icon("history"));
    this.stage.append(h("div", { class: "map-buttons" }, this.#map.makeFitButton(), this.historyButton), this.#history.element);
    performance.mark("map-ready");
    this.#map.addEventListener("pick", ({ detail }) => { if (detail) this.#pick(detail.id); });
    this.#map.addEventListener("follow", () => this.#drawFollow());
    this.#history.addEventListener("end", () => {
      this.stage.classList.remove("past");
      this.historyButton.focus();
    });
  }

  #tabKey(event, name) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "people" ? "chat" : "people";
    this.#show(other);
    this.tabs[other].focus();
  }

  #show(name) {
    this.#pane = name;
    const app = root.firstChild;
    app.dataset.pane = name;
    const shown = name === "map" ? "people" : name;
    for (const [key, tab] of Object.entries(this.tabs)) {
      tab.setAttribute("aria-selected", String(key === shown));
      tab.tabIndex = key === shown ? 0 : -1;
    }
    for (const [key, button] of Object.entries(this.foot)) {
      if (key === name) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    this.#panel.element.hidden = shown !== "people";
    this.#chat.element.hidden = shown !== "chat";
    if (name === "chat") this.#chat.shown();
    else this.#chat.hidden();
    if (shown === "people") this.#panel.draw();
  }

  // What happens

  #connect() {
    const stream = this.#stream;
    stream.addEventListener("state", () => this.#drawState());
    stream.addEventListener("welcome", () => this.#welcomed());
    stream.addEventListener("snapshot", ({ detail }) => {
      if (detail.group !== this.#group?.id) return;
      this.#members.takeSnapshot(detail.members);
    });
    stream.addEventListener("positions", ({ detail }) => {
      if (detail.group === this.#group?.id) this.#members.takePositions(detail.positions);
    });
    stream.addEventListener("presence", ({ detail }) => {
      if (detail.group === this.#group?.id) this.#members.takePresence(detail);
    });
    stream.addEventListener("member", ({ detail }) => {
      if (detail.group !== this.#group?.id) return;
      this.#members.takeMember(detail);
      this.#peopleLater();
    });
    stream.addEventListener("conversation", () => this.#peopleLater());
    stream.addEventListener("unwatched", ({ detail }) => { if (detail.group === this.#group?.id) this.#lost(); });
    this.#chat.addEventListener("unread", () => this.#drawUnread());
    this.#chat.addEventListener("place", ({ detail }) => {
      this.#map?.showPlace(detail.latitude, detail.longitude);
      if (innerWidth < 800) this.#show("map");
    });
    this.#panel.addEventListener("pick", ({ detail }) => {
      this.#pick(detail);
      this.#map?.show(detail);
      if (innerWidth < 800) this.#show("map");
    });
    this.#panel.addEventListener("follow", ({ detail }) => {
      this.#map?.follow(this.#map.followed === detail ? null : detail);
      if (innerWidth < 800 && this.#map?.followed) this.#show("map");
    });
    this.#panel.addEventListener("talk", ({ detail }) => this.#talk(detail));
    this.#panel.addEventListener("invite", () => this.#invite());
    this.#own.addEventListener("change", () => this.#drawSharing());
    this.#countdown = setInterval(() => { if (stream.state === "waiting") this.#drawState(); }, 1000);
  }

  async start() {
    try {
      await this.#loadGroups();
    } catch (error) {
      toast(explain(error), true);
    }
    this.#stream.start(null);
    this.#followInvitation();
  }

  end() {
    clearInterval(this.#countdown);
    clearTimeout(this.#peopleTimer);
    this.#unregister();
    this.#own.stop();
    this.#stream.stop();
  }

  async #loadGroups() {
    const { groups } = await call("GET", "/groups");
    this.#groups = groups;
    const wanted = this.#group?.id ?? recall("presence.group");
    await this.#open(groups.find((group) => group.id === wanted) ?? groups[0] ?? null);
  }

  /** Looks at a group, or at none. */
  async #open(group) {
    const isOther = group?.id !== this.#group?.id;
    const before = this.#group;
    this.#group = group;
    this.groupName.textContent = group?.name ?? strings.chooseGroup;
    document.title = group ? `${group.name} · ${strings.appName}` : strings.appName;
    this.inviteButton.hidden = !group || group.role === "member";
    this.shareButton.hidden = !group;
    if (this.historyButton) this.historyButton.hidden = !group;
    this.#drawNoGroup();
    if (!isOther) return;
    remember("presence.group", group?.id ?? null);
    this.#history?.close();
    this.#map?.forget();
    this.#members.clear();
    this.#drawSharing();
    if (before && this.#stream.state === "open") this.#stream.send({ type: "unwatch", group: before.id });
    await Promise.all([this.#chat.openGroup(group?.id ?? null), group && this.#loadPeople(), this.#watch()]);
  }

  #drawNoGroup() {
    this.noGroup?.remove();
    this.noGroup = null;
    if (this.#group) return;
    this.noGroup = h("div", { class: "welcome-card" }, h("h2", {}, strings.noGroups), h("p", {}, strings.noGroupsHint),
      h("div", { class: "actions" }, h("button", { class: "secondary", type: "button",
        onclick: () => enterCode((joined) => this.#joined(joined)) }, strings.joinGroup),
      h("button", { class: "primary", type: "button", onclick: () => makeGroup((made) => this.#joined(made)) },
        icon("plus"), strings.newGroup)));
    this.stage.append(this.noGroup);
  }

  async #loadPeople() {
    const { id } = this.#group;
    try {
      const { members } = await call("GET", `/groups/${id}`);
      if (id !== this.#group?.id) return;
      this.#members.setPeople(members);
      this.#chat.setPeople(members);
    } catch (error) {
      if (error.status === 404 && id === this.#group?.id) await this.#lost();
    }
  }

  /** Once for several changes that come together. */
  #peopleLater() {
    clearTimeout(this.#peopleTimer);
    this.#peopleTimer = setTimeout(() => { if (this.#group) this.#loadPeople(); }, 300);
  }

  async #watch() {
    if (!this.#group || this.#stream.state !== "open") return;
    const { id } = this.#group;
    try {
      await this.#stream.ask({ type: "watch", group: id });
      this.#members.isConnected = true;
      this.#members.dispatchEvent(new Event("change"));
      this.#drawState();
    } catch (error) {
      if (error.code === "not_found" && id === this.#group?.id) await this.#lost();
      return;
    }
    const now = Date.now();
    try {
      const trails = await History.trails(id, now - recent, now);
      if (id === this.#group?.id) this.#members.takeTrails(trails);
    } catch { /* What moves from now on has its way all the same. */ }
  }

  async #welcomed() {
    await Promise.all([this.#watch(), this.#group && this.#loadPeople()]);
  }

  /** The group is not ours any more. */
  async #lost() {
    toast(strings.left);
    this.#group = null;
    await this.#loadGroups().catch(() => { /* The next connection asks again. */ });
  }

  async #joined(group) {
    await this.#loadGroups();
    await this.#open(this.#groups.find((one) => one.id === group.id) ?? this.#group);
    this.#chat.loadList().catch(() => { /* It comes with the next message. */ });
  }

  #followInvitation() {
    const code = /^\/join\/([A-Za-z0-9_-]+)$/.exec(location.pathname)?.[1];
    if (!code) return;
    const isSent = location.hash === "#sent" && this.#groups.length > 0;
    window.history.replaceState(null, "", "/");
    joinByCode(code, (group) => this.#joined(group), isSent);
  }

  // The connection

  #drawState() {
    const { state } = this.#stream;
    const isLive = state === "open" && (this.#members.isConnected || !this.#group);
    if (state !== "open" && this.#members.isConnected) {
      this.#members.isConnected = false;
      this.#members.dispatchEvent(new Event("change"));
    }
    this.pill.dataset.state = isLive ? "open" : state === "open" ? "connecting" : state;
    const text = isLive ? strings.connected : state === "waiting"
      ? strings.reconnecting(Math.ceil(this.#stream.wait / 1000)) : strings.connecting;
    if (this.pill.textContent !== text) this.pill.textContent = text;
    const isLost = this.#hasBeenLive && !isLive;
    if (isLive) this.#hasBeenLive = true;
    if (this.banner.hidden === !isLost) return;
    this.banner.hidden = !isLost;
    this.stage.classList.toggle("lost", isLost);
    fill(this.banner, isLost && [h("span", { role: "alert" }, strings.lost), h("button", { class: "link", type: "button",
      onclick: () => dispatchEvent(new Event("online")) }, strings.tryNow)]);
  }
  #hasBeenLive = false;

  // What is asked for

  #choose() {
    choose(this.#groups, this.#group, (id) => this.#chat.unread(id), {
      chosen: (group) => this.#open(group).catch((error) => toast(explain(error), true)),
      joined: (group) => this.#joined(group),
    });
  }

  #invite() { if (this.#group) invite(this.#group); }

  async #talk(userId) {
    try {
      if (!await this.#chat.openDirect(userId)) return;
      this.#show("chat");
      this.#chat.focus();
    } catch (error) {
      toast(explain(error), true);
    }
  }

  #pick(id) {
    this.#map?.highlight(id);
    const member = this.#members.all.get(id);
    if (member && innerWidth >= 800) this.#show("people");
  }

  #toggleSharing() {
    if (this.#own.isSharing && this.#own.group === this.#group?.id) return this.#own.stop();
    return busy(this.shareButton, () => this.#own.start(this.#group.id))();
  }

  #drawSharing() {
    const isHere = this.#own.isSharing && this.#own.group === this.#group?.id;
    this.shareButton.classList.toggle("on", isHere);
    this.shareButton.setAttribute("aria-pressed", String(isHere));
    this.shareButton.title = isHere ? strings.stopSharing : strings.share;
    fill(this.shareButton, icon("target"), h("span", { class: "label" }, isHere ? strings.sharing : strings.share));
    this.shareButton.setAttribute("aria-label", isHere ? strings.stopSharing : strings.share);
  }

  #drawFollow() {
    const member = this.#members.all.get(this.#map.followed);
    this.#panel.followed = this.#map.followed;
    this.#panel.draw();
    this.followChip.hidden = !member;
    if (member) fill(this.followChip, icon("target"), h("bdi", {}, strings.following(member.name)), icon("close"));
    this.followChip.setAttribute("aria-label", strings.unfollow);
  }

  #drawUnread() {
    const here = (this.#group ? this.#chat.unread(this.#group.id) : 0) + this.#chat.unreadDirect;
    const elsewhere = this.#groups.reduce((sum, group) => sum + (group.id === this.#group?.id ? 0 : this.#chat.unread(group.id)), 0);
    for (const badge of [this.tabs.chat.lastChild, this.foot.chat.lastChild]) {
      badge.hidden = here === 0;
      badge.textContent = here > 99 ? "99+" : String(here);
      badge.title = strings.unread(here);
    }
    this.groupBadge.hidden = elsewhere === 0;
    this.groupBadge.textContent = elsewhere > 99 ? "99+" : String(elsewhere);
  }

  async #openHistory() {
    if (this.#history.isOpen) return this.#history.close();
    this.stage.classList.add("past");
    return this.#history.open(this.#group.id);
  }

  #menu() {
    const choice = (name, label, options) => {
      const one = field(label, { options, value: settings[name] });
      one.input.addEventListener("change", () => change(name, one.input.value));
      return one.element;
    };
    const status = field(strings.status_, { options: [["online", strings.status.online], ["away", strings.status.away],
      ["busy", strings.status.busy], ["invisible", strings.invisible]], value: settings.status ?? "online" });
    const note = field(strings.statusNote, { maxlength: 140, value: settings.note ?? "" }, strings.statusNoteHint);
    const save = h("button", { class: "secondary", type: "submit" }, strings.save);
    const element = dialog(strings.settings, strings.close,
      h("div", { class: "me" }, avatar(this.#user.displayName, this.#user.id), h("div", {}, h("bdi", {}, this.#user.displayName),
        h("small", {}, `@${this.#user.username}`))),
      h("form", { class: "pair end", onsubmit: busy(save, async () => {
        const text = note.input.value.trim();
        await call("PUT", "/presence", { status: status.input.value, note: text || null });
        change("status", status.input.value);
        change("note", text);
      }) }, status.element, note.element, save),
      h("div", { class: "pair" },
        choice("units", strings.units, [["metric", strings.metric], ["imperial", strings.imperial]]),
        choice("theme", strings.theme, Object.entries(strings.themes))),
      h("div", { class: "menu-list" },
        this.#group && h("button", { type: "button", onclick: () => { element.close(); this.#manage(); } }, icon("people"),
          strings.groupSettings),
        h("button", { type: "button", onclick: () => { element.close(); this.#shareLinks(); } }, icon("link"), strings.shareLink),
        h("button", { type: "button", onclick: () => { element.close(); this.#signOut(); } }, icon("close"),
          strings.signOut)),
      h("p", { class: "hint" }, strings.about(document.documentElement.dataset.version), " ",
        h("a", { href: `${document.documentElement.dataset.assets}/leaflet-licence.txt` }, strings.licences)));
  }

  #signOut() { signOut().catch((error) => toast(explain(error), true)); }

  #manage() {
    manage(this.#group, this.#user, {
      changed: () => this.#loadGroups().then(() => this.#peopleLater()).catch((error) => toast(explain(error), true)),
      left: () => { this.#group = null; this.#loadGroups(); },
    }).catch((error) => toast(explain(error), true));
  }

  async #shareLinks() {
    try {
      const { devices } = await call("GET", "/devices/mine");
      await shareLinks(devices.filter((device) => device.active));
    } catch (error) {
      toast(explain(error), true);
    }
  }
}

let app = null;

function enter() {
  app = new App();
  app.start();
}

session.addEventListener("in", enter);
session.addEventListener("out", () => {
  app?.end();
  app = null;
  showSignIn(root, strings.signedOut);
});

/** Goes on where an earlier visit ended; a hub that is away is asked again. */
async function begin(notice = "") {
  const shared = /^\/s\/([A-Za-z0-9_-]+)$/.exec(location.pathname)?.[1];
  if (shared) return showShared(root, shared);
  const leadsElsewhere = location.pathname === "/reset-password" || location.pathname === "/verify-email";
  if (leadsElsewhere) return showSignIn(root);
  if (isBack()) return showReturn(root, begin);
  try {
    if (await resume()) return enter();
    return showSignIn(root, notice);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    fill(root, h("p", { class: "plain", role: "alert" }, explain(error)));
    setTimeout(() => begin(notice), Math.min(60, error.retryAfter ?? 3) * 1000);
    return undefined;
  }
}

begin();
