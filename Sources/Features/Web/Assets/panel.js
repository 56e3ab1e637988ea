// The list of who is in the group: the same as the map, for those who read.
import { fill, h, icon } from "./dom.js";
import { age, characters, colour, distance, initials, speed } from "./format.js";
import { settingsChanges } from "./settings.js";
import { strings } from "./strings.en.js";

/** A round picture of somebody: their initials on their colour. */
export function avatar(name, id) {
  const letters = initials(name);
  const element = h("span", { class: characters(letters).length > 1 ? "avatar long" : "avatar", "aria-hidden": "true" }, letters);
  element.style.setProperty("--colour", colour(id));
  return element;
}

/** Tells `pick` and `follow` with a device as `detail`, `talk` with a person, and `invite`. */
export class Panel extends EventTarget {
  #members;
  #list = h("ul", { class: "people" });
  #rows = new Map();
  #own = () => null;
  followed = null;

  /**
   * @param own Tells who looks at it, and where they are, if that is known.
   */
  constructor(members, own) {
    super();
    this.#members = members;
    this.#own = own;
    const later = () => this.#draw();
    members.addEventListener("change", later);
    settingsChanges.addEventListener("change", later);
    setInterval(later, 1000);
    this.element = h("section", { class: "pane", "aria-label": strings.people }, this.#list);
  }

  draw() { this.#draw(); }

  #draw() {
    if (!this.element.isConnected) return;
    const { userId, place } = this.#own();
    const now = Date.now();
    const devices = [...this.#members.all.values()];
    const withDevice = new Set(devices.map((member) => member.userId));
    const others = [...this.#members.people.values()].filter((person) => !withDevice.has(person.userId));
    const order = { live: 0, stale: 1, offline: 2, none: 3 };
    const entries = devices.map((member) => ({ key: member.id, member, name: member.name, id: member.userId ?? member.id,
      userId: member.userId, isOwn: member.userId === userId, freshness: this.#members.freshness(member, now) }))
      .concat(others.map((person) => ({ key: person.userId, member: null, name: person.displayName, id: person.userId,
        userId: person.userId, isOwn: person.userId === userId, freshness: "none" })));
    entries.sort((one, other) => order[one.freshness] - order[other.freshness] || one.name.localeCompare(other.name));
    const wanted = [];
    for (const entry of entries) {
      const row = this.#rows.get(entry.key) ?? this.#makeRow(entry);
      this.#rows.set(entry.key, row);
      this.#fillRow(row, entry, place, now);
      wanted.push(row.element);
    }
    for (const [key, row] of this.#rows) {
      if (!entries.some((entry) => entry.key === key)) {
        row.element.remove();
        this.#rows.delete(key);
      }
    }
    const isSame = wanted.length === this.#list.children.length - (this.#hint ? 1 : 0)
      && wanted.every((element, index) => this.#list.children[index] === element);
    const isAlone = entries.length <= 1;
    if (isSame && isAlone === Boolean(this.#hint)) return;
    const focused = document.activeElement;
    this.#hint = isAlone ? h("li", { class: "empty" }, h("strong", {}, strings.alone), h("p", {}, strings.aloneHint),
      h("button", { class: "primary", type: "button", onclick: () => this.dispatchEvent(new Event("invite")) },
        icon("invite"), strings.invite)) : null;
    fill(this.#list, wanted, this.#hint);
    if (focused?.isConnected) focused.focus();
  }
  #hint = null;

  #makeRow(entry) {
    const row = { name: h("bdi", { class: "name" }), note: h("p", { class: "note" }), facts: h("p", { class: "facts" }),
      dot: h("span", { class: "dot" }) };
    row.main = h("button", { class: "person", type: "button",
      onclick: () => this.dispatchEvent(new CustomEvent("pick", { detail: entry.key })) },
    h("span", { class: "face" }, avatar(entry.name, entry.id), row.dot), h("span", { class: "about" }, row.name, row.facts, row.note));
    row.follow = h("button", { class: "plain-button follow", type: "button",
      onclick: () => this.dispatchEvent(new CustomEvent("follow", { detail: entry.key })) }, icon("target"));
    row.talk = h("button", { class: "plain-button talk-to", type: "button",
      onclick: () => this.dispatchEvent(new CustomEvent("talk", { detail: row.userId })) }, icon("chat"));
    row.element = h("li", {}, row.main, row.talk, row.follow);
    return row;
  }

  #fillRow(row, { member, name, userId, isOwn, freshness, key }, place, now) {
    const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };
    say(row.name, isOwn ? `${name} (${strings.you})` : name);
    row.element.dataset.state = freshness;
    row.element.dataset.status = member?.status ?? "offline";
    const isFollowed = this.followed === key;
    row.follow.hidden = !member?.fix;
    row.follow.setAttribute("aria-pressed", String(isFollowed));
    row.follow.setAttribute("aria-label", `${isFollowed ? strings.unfollow : strings.follow}: ${name}`);
    row.follow.title = isFollowed ? strings.unfollow : strings.follow;
    row.userId = userId;
    row.talk.hidden = !userId || isOwn;
    row.talk.setAttribute("aria-label", strings.talkTo(name));
    row.talk.title = strings.talkTo(name);
    row.main.disabled = !member;
    say(row.note, member?.note ?? "");
    row.note.hidden = !member?.note;
    const facts = [];
    if (!member) {
      facts.push(strings.notSharing);
    } else {
      const { fix } = member;
      if (freshness !== "live" || !fix) facts.push(strings.status[member.status] ?? strings.status.offline);
      if (fix) {
        facts.push(strings.seen(age(now - (freshness === "live" ? member.fixAt : Math.max(member.fixAt, 0)))));
        if ((fix.speed ?? 0) > 0.5 && freshness === "live") facts.push(speed(fix.speed));
        if (place && !isOwn) facts.push(strings.away(distance(metres(place, fix))));
        if (fix.batteryLevel !== undefined && fix.batteryLevel !== null) facts.push(strings.battery(fix.batteryLevel));
      } else {
        facts.push(strings.freshness.none);
      }
    }
    say(row.facts, facts.join(" · "));
  }
}

/** Metres between two places, on a sphere. */
export function metres(one, other) {
  const radians = Math.PI / 180;
  const a = Math.sin((other.latitude - one.latitude) * radians / 2) ** 2
    + Math.cos(one.latitude * radians) * Math.cos(other.latitude * radians)
    * Math.sin((other.longitude - one.longitude) * radians / 2) ** 2;
  return 2 * 6371000 * Math.asin(Math.sqrt(a));
}
