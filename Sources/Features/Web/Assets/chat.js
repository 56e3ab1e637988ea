// The conversation of the group that is looked at, and those with one person each. Conversations are logs: resumed from a
// number, complete, in order.
import { call } from "./api.js";
import { append, fill, h, icon, toast } from "./dom.js";
import { day, time } from "./format.js";
import { avatar } from "./panel.js";
import { explain } from "./signin.js";
import { strings } from "./strings.en.js";
import { Talks } from "./talks.js";

/** How often `typing` is said while somebody types, and how long it is shown without another word, in milliseconds. */
const typingEvery = 2500;
const typingLasts = 6000;
/** How many messages are read at a time. */
const page = 60;

/** Tells `unread` when a count changes, and `place` with a place that somebody picked. */
export class Chat extends EventTarget {
  #stream;
  #user;
  #log = h("ol", { class: "log", role: "log", "aria-live": "polite", tabindex: "0" });
  #typingLine = h("p", { class: "typing", "aria-live": "polite" });
  #talks;
  #input = h("textarea", { rows: 1, maxlength: 4000, "aria-label": strings.write, placeholder: strings.write });
  #conversations = new Map();
  #open = null;
  /** Counts what was opened, so that a late answer is known for one. */
  #asked = 0;
  #messages = new Map();
  #pending = new Map();
  #reads = new Map();
  #typing = new Map();
  #names = new Map();
  #drafts = new Map();
  #hasEarlier = false;
  #isLoading = false;
  #typedAt = 0;
  #firstUnread = null;
  isShown = false;

  constructor(stream, user) {
    super();
    this.#stream = stream;
    this.#user = user;
    this.#talks = new Talks(user, (id) => this.#turnTo(id).catch((error) => toast(explain(error), true)));
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("input", () => this.#typed());
    this.#log.addEventListener("scroll", () => {
      if (this.#log.scrollTop < 60 && this.#hasEarlier) this.#loadEarlier();
      this.#markRead();
    });
    addEventListener("focus", () => this.#markRead());
    this.element = h("section", { class: "pane chat", "aria-label": strings.chat }, this.#talks.element, this.#log,
      this.#typingLine,
      h("form", { class: "compose", onsubmit: (event) => { event.preventDefault(); this.#submit(); } }, this.#input,
        h("button", { class: "send", type: "submit", "aria-label": strings.send, title: strings.send }, icon("send"))));
    stream.addEventListener("welcome", () => this.#welcomed());
    stream.addEventListener("message", (event) => this.#heard(event.detail));
    stream.addEventListener("messages", (event) => this.#page(event.detail));
    stream.addEventListener("edited", (event) => this.#changed(event.detail));
    stream.addEventListener("deleted", ({ detail }) => this.#change(detail, { text: null, deletedAt: new Date().toISOString() }));
    stream.addEventListener("reaction", ({ detail }) => this.#react(detail));
    stream.addEventListener("typing", ({ detail }) => this.#othersType(detail));
    stream.addEventListener("read", ({ detail }) => this.#wasRead(detail));
    stream.addEventListener("conversation", () => this.loadList());
    setInterval(() => this.#drawTyping(), 1000);
  }

  // Which conversation

  /** Reads the list of conversations, for their counts and for the group's own. */
  async loadList() {
    let cursor = null;
    const found = [];
    do {
      const query = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
      const answer = await call("GET", `/conversations?limit=100${query}`);
      found.push(...answer.conversations);
      cursor = answer.nextCursor;
    } while (cursor && found.length < 300);
    this.#conversations = new Map(found.map((conversation) => [conversation.id, conversation]));
    this.#counted();
    if (this.#group && !this.#open) await this.#find();
  }
  #group = null;

  #counted() {
    this.#drawTalks();
    this.dispatchEvent(new Event("unread"));
  }

  /** Unread messages of a group's conversation. */
  unread(group) {
    for (const conversation of this.#conversations.values()) {
      if (conversation.groupId === group) return conversation.unreadCount;
    }
    return 0;
  }

  /** Unread messages of the conversations with one person. */
  get unreadDirect() { return this.#directs().reduce((sum, one) => sum + one.unreadCount, 0); }

  #directs() { return [...this.#conversations.values()].filter((one) => one.kind === "direct"); }

  async openGroup(group) {
    this.#group = group;
    this.#leave();
    if (group) await this.#find();
  }

  /** Opens the conversation with one person, the first time too; `false` if something else was opened meanwhile. */
  async openDirect(userId) {
    const asked = ++this.#asked;
    const conversation = await call("POST", "/conversations", { kind: "direct", userId });
    this.#conversations.set(conversation.id, { ...this.#conversations.get(conversation.id), ...conversation });
    if (asked !== this.#asked) return false;
    await this.#turnTo(conversation.id);
    return true;
  }

  focus() { this.#input.focus(); }

  async #turnTo(id) {
    const conversation = this.#conversations.get(id);
    if (!conversation || this.#open === id) return;
    this.#leave();
    await this.#read(conversation);
  }

  /** Shows no conversation; what was being written stays with its own. */
  #leave() {
    if (this.#open) this.#drafts.set(this.#open, this.#input.value);
    this.#open = null;
    this.#asked += 1;
    this.#input.value = "";
    this.#grow();
    this.#messages.clear();
    this.#reads.clear();
    this.#typing.clear();
    this.#firstUnread = null;
    this.#hasEarlier = false;
    this.#draw();
    this.#drawTyping();
    this.#drawTalks();
  }

  async #find() {
    const conversation = [...this.#conversations.values()].find((one) => one.groupId === this.#group);
    if (conversation) await this.#read(conversation);
  }

  async #read(conversation) {
    this.#open = conversation.id;
    this.#input.value = this.#drafts.get(conversation.id) ?? "";
    this.#grow();
    this.#drawTalks();
    let answer, reads;
    try {
      [answer, reads] = await Promise.all([
        call("GET", `/conversations/${conversation.id}/messages?limit=${page}`),
        call("GET", `/conversations/${conversation.id}/reads`),
      ]);
    } catch (error) {
      // To be asked for again, and not to be caught up with from the first message on.
      if (this.#open === conversation.id) this.#leave();
      throw error;
    }
    if (this.#open !== conversation.id) return;
    for (const message of answer.messages) this.#messages.set(message.seq, message);
    this.#hasEarlier = answer.more;
    for (const { userId, seq } of reads.reads) this.#reads.set(userId, seq);
    this.#firstUnread = conversation.unreadCount > 0 ? conversation.readSeq : null;
    this.#draw();
    this.#toEnd();
    this.#sync();
    this.#markRead();
  }

  setPeople(people) { this.#names = new Map(people.map((person) => [person.userId, person.displayName])); }

  /** What somebody is called, in the group or in the conversation that is open. */
  #name(userId) {
    return this.#names.get(userId)
      ?? this.#conversations.get(this.#open)?.members?.find((one) => one.userId === userId)?.displayName;
  }

  // What the stream says

  #welcomed() {
    this.loadList().catch(() => { /* The list is asked for again with the next connection. */ });
    if (this.#open) this.#sync();
    for (const message of this.#pending.values()) this.#send(message);
  }

  #sync() {
    const since = Math.max(0, ...this.#messages.keys());
    this.#stream.send({ type: "sync", conversations: [{ id: this.#open, since }] });
  }

  #page({ conversation, messages }) {
    if (conversation !== this.#open) return;
    for (const message of messages) this.#store(message);
    this.#redraw();
  }

  #heard(message) {
    if (message.conversation !== this.#open) {
      const known = this.#conversations.get(message.conversation);
      if (!known) return void this.loadList().catch(() => { /* As above. */ });
      known.lastSeq = Math.max(known.lastSeq, message.seq);
      if (message.from?.userId !== this.#user.id) known.unreadCount += 1;
      return void this.#counted();
    }
    this.#typing.delete(message.from?.userId);
    const isNew = !this.#messages.has(message.seq);
    this.#store(message);
    this.#redraw();
    this.#drawTyping();
    if (!isNew || message.from?.userId === this.#user.id) return;
    const known = this.#conversations.get(this.#open);
    if (known) known.lastSeq = Math.max(known.lastSeq, message.seq);
    if (!this.#isRead() && known) {
      this.#firstUnread ??= message.seq - 1;
      known.unreadCount += 1;
      this.#counted();
      this.#redraw();
    }
    this.#markRead();
  }

  #store(message) {
    const known = this.#messages.get(message.seq);
    if (known && (known.change ?? 0) > (message.change ?? 0)) return;
    this.#messages.set(message.seq, message);
    this.#pending.delete(message.clientId);
  }

  #changed(message) {
    if (message.conversation !== this.#open || !this.#messages.has(message.seq)) return;
    this.#store(message);
    this.#redraw();
  }

  #change({ conversation, seq, change }, values) {
    const known = this.#messages.get(seq);
    if (conversation !== this.#open || !known) return;
    Object.assign(known, values, { change });
    this.#redraw();
  }

  #react({ conversation, seq, emoji, userId, added, change }) {
    const known = this.#messages.get(seq);
    if (conversation !== this.#open || !known) return;
    const reactions = (known.reactions ?? []).map((one) => ({ ...one, userIds: one.userIds.filter((id) =>
      one.emoji !== emoji || id !== userId) })).filter((one) => one.userIds.length > 0 || one.emoji === emoji);
    if (added) {
      const same = reactions.find((one) => one.emoji === emoji);
      if (same) same.userIds.push(userId);
      else reactions.push({ emoji, userIds: [userId] });
    }
    Object.assign(known, { reactions: reactions.filter((one) => one.userIds.length > 0), change });
    this.#redraw();
  }

  // Writing

  #submit() {
    const text = this.#input.value.trim();
    if (!text || !this.#open) return;
    this.#input.value = "";
    this.#grow();
    this.#typedAt = 0;
    const message = { clientId: crypto.randomUUID?.() ?? randomID(), text, at: Date.now(), state: "sending",
      conversation: this.#open };
    this.#pending.set(message.clientId, message);
    this.#draw();
    this.#toEnd();
    this.#send(message);
  }

  /** Sends what is not acknowledged; under the same name, so that it is stored once. */
  async #send(message) {
    const { conversation } = message;
    try {
      const ack = await this.#stream.ask({ type: "message", conversation, clientId: message.clientId, text: message.text });
      this.#pending.delete(message.clientId);
      if (conversation !== this.#open) return;
      this.#store({ conversation, seq: ack.seq, clientId: message.clientId, text: message.text, sentAt: ack.sentAt,
        from: { userId: this.#user.id, displayName: this.#user.displayName } });
    } catch (error) {
      message.state = error.status === 0 ? "waiting" : "refused";
      if (error.code === "rate_limit_exceeded" || error.code === "service_unavailable") {
        message.state = "waiting";
        setTimeout(() => { if (this.#pending.has(message.clientId)) this.#send(message); }, (error.retryAfter ?? 2) * 1000);
      }
    }
    this.#redraw();
  }

  #typed() {
    this.#grow();
    const now = Date.now();
    if (!this.#open || !this.#input.value || now - this.#typedAt < typingEvery) return;
    this.#typedAt = now;
    this.#stream.send({ type: "typing", conversation: this.#open, typing: true });
  }

  #grow() {
    this.#input.style.height = "auto";
    // Nothing has a height that is not shown.
    if (this.#input.scrollHeight > 0) this.#input.style.height = `${Math.min(this.#input.scrollHeight, 140)}px`;
  }

  // Others

  #othersType({ conversation, userId, typing }) {
    if (conversation !== this.#open || userId === this.#user.id) return;
    if (typing) this.#typing.set(userId, Date.now());
    else this.#typing.delete(userId);
    this.#drawTyping();
  }

  #drawTyping() {
    for (const [user, at] of this.#typing) if (Date.now() - at > typingLasts) this.#typing.delete(user);
    const names = [...this.#typing.keys()].map((user) => this.#name(user) ?? strings.formerPerson);
    const text = names.length ? strings.typing(names) : "";
    if (this.#typingLine.textContent !== text) this.#typingLine.textContent = text;
  }

  #wasRead({ conversation, userId, seq }) {
    if (userId === this.#user.id) this.#readElsewhere(conversation, seq);
    if (conversation !== this.#open) return;
    this.#reads.set(userId, Math.max(seq, this.#reads.get(userId) ?? 0));
    if (userId !== this.#user.id) this.#redraw();
  }

  // Reading

  /** In another tab, or on another device of theirs. */
  #readElsewhere(id, seq) {
    const known = this.#conversations.get(id);
    if (!known?.unreadCount) return;
    if (seq < known.lastSeq) return void this.loadList().catch(() => { /* It is asked for again with the next connection. */ });
    known.unreadCount = 0;
    this.#counted();
  }

  #isRead() {
    return this.isShown && document.hasFocus()
      && this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 80;
  }

  shown() {
    this.isShown = true;
    this.#grow();
    this.#toEnd();
    this.#markRead();
  }

  hidden() {
    this.isShown = false;
    this.#firstUnread = null;
  }

  #markRead() {
    if (!this.#open || !this.#isRead() || this.#messages.size === 0) return;
    const newest = Math.max(...this.#messages.keys());
    if ((this.#reads.get(this.#user.id) ?? 0) >= newest) return;
    if (!this.#stream.send({ type: "read", conversation: this.#open, seq: newest })) return;
    this.#reads.set(this.#user.id, newest);
    const known = this.#conversations.get(this.#open);
    if (known) known.unreadCount = 0;
    this.#counted();
  }

  async #loadEarlier() {
    if (this.#isLoading || this.#messages.size === 0) return;
    this.#isLoading = true;
    const conversation = this.#open;
    try {
      const before = Math.min(...this.#messages.keys());
      const answer = await call("GET", `/conversations/${conversation}/messages?before=${before}&limit=${page}`);
      if (conversation !== this.#open) return;
      for (const message of answer.messages) this.#messages.set(message.seq, message);
      this.#hasEarlier = answer.more;
      const height = this.#log.scrollHeight;
      this.#draw();
      this.#log.scrollTop += this.#log.scrollHeight - height;
    } catch { /* The next scroll tries again. */ } finally {
      this.#isLoading = false;
    }
  }

  // Drawing

  #toEnd() { this.#log.scrollTop = this.#log.scrollHeight; }

  #redraw() {
    const wasAtEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 80;
    this.#draw();
    if (wasAtEnd) this.#toEnd();
  }

  #draw() {
    const messages = [...this.#messages.values()].sort((one, other) => one.seq - other.seq);
    const items = [];
    let last = null;
    for (const message of messages) {
      const date = new Date(message.sentAt);
      if (!last || new Date(last.sentAt).toDateString() !== date.toDateString()) {
        items.push(h("li", { class: "day" }, day(date)));
        last = null;
      }
      if (this.#firstUnread !== null && message.seq > this.#firstUnread && !items.hasNew
        && message.from?.userId !== this.#user.id) {
        items.push(h("li", { class: "new" }, strings.newMessages));
        items.hasNew = true;
        last = null;
      }
      const isRun = last && last.from?.userId === message.from?.userId && date - new Date(last.sentAt) < 5 * 60000;
      items.push(this.#item(message, isRun));
      last = message;
    }
    const own = messages.findLast((message) => message.from?.userId === this.#user.id);
    const readers = own && own === messages[messages.length - 1] ? [...this.#reads].filter(([user, seq]) =>
      user !== this.#user.id && seq >= own.seq).map(([user]) => this.#name(user)).filter(Boolean) : [];
    if (readers.length > 0) items.push(h("li", { class: "seen" }, strings.seenBy(readers)));
    for (const message of this.#pending.values()) {
      if (message.conversation === this.#open) items.push(this.#pendingItem(message));
    }
    if (items.length === 0) items.push(h("li", { class: "empty" }, strings.emptyChat));
    fill(this.#log, [...items]);
  }

  #drawTalks() {
    const group = [...this.#conversations.values()].find((one) => one.groupId && one.groupId === this.#group);
    this.#talks.draw(group, this.#directs(), this.#open);
  }

  #item(message, isRun) {
    const isOwn = message.from?.userId === this.#user.id;
    const name = message.from?.displayName ?? strings.formerPerson;
    const date = new Date(message.sentAt);
    const body = h("div", { class: "bubble" });
    if (!isOwn && !isRun) append(body, [h("bdi", { class: "from" }, name)]);
    if (message.text === null || message.deletedAt) body.append(h("p", { class: "gone" }, strings.deleted));
    else body.append(h("p", { class: "text", dir: "auto" }, message.text));
    const { attachment } = message;
    if (attachment?.latitude !== undefined && !message.deletedAt) {
      body.append(h("button", { class: "link", type: "button", onclick: () => this.dispatchEvent(
        new CustomEvent("place", { detail: attachment })) }, icon("map"), attachment.name ?? strings.place));
    }
    body.append(h("time", { datetime: message.sentAt, title: date.toLocaleString() },
      (message.editedAt ? `${strings.edited} · ` : "") + time(date)));
    if (message.reactions?.length) {
      body.append(h("p", { class: "reactions" }, message.reactions.map((one) =>
        h("span", {}, one.userIds.length > 1 ? `${one.emoji} ${one.userIds.length}` : one.emoji))));
    }
    return h("li", { class: `message${isOwn ? " own" : ""}${isRun ? " run" : ""}`, dataset: { seq: message.seq } },
      !isOwn && (isRun ? h("span", { class: "gap" }) : avatar(name, message.from?.userId ?? "")), body);
  }

  #pendingItem(message) {
    const said = { sending: strings.sending, waiting: strings.notSent, refused: strings.refusedMessage }[message.state];
    return h("li", { class: `message own pending ${message.state}` }, h("div", { class: "bubble" },
      h("p", { class: "text", dir: "auto" }, message.text), h("time", {}, said)));
  }
}

function randomID() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
