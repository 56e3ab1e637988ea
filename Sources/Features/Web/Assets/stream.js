// The hub's stream: presence.v1.packed over WebSocket, opened by a ticket, and opened again by the protocol's rules.
import { call, prove, Refused } from "./api.js";
import { PackedReader, PackedWriter } from "./packed.js";

/** How long the hub may be silent before the connection counts as broken, in milliseconds. */
const pingEvery = 10000;
const pongWithin = 5000;
/** How long a question may wait for its answer. */
const answerWithin = 15000;

/**
 * Tells `state` (of `state`: `connecting`, `open`, `waiting`, `ended`), `welcome`, and each message under its type, with the
 * message as `detail`. A connection that is not open shows nothing that could be taken for live.
 */
export class Stream extends EventTarget {
  state = "ended";
  #socket = null;
  /** Of the connection, unless the hub has chosen plain `presence.v1`. */
  #reader = null;
  #writer = null;
  /** Whether a hub has said something packed that this page cannot read, such as one that is newer: then plain is asked for. */
  #isPlain = false;
  /** The groups that are watched anew because something of them was missed, and those whose snapshots come too late. */
  #rewatched = new Set();
  #unwatched = new Set();
  #device = null;
  #attempt = 0;
  #timer = 0;
  #ping = 0;
  #pong = 0;
  #questions = new Map();
  #nextID = 1;
  #wanted = false;
  #run = 0;

  constructor() {
    super();
    addEventListener("online", () => { if (this.state === "waiting") this.#open(); });
    addEventListener("offline", () => { if (this.state === "open") this.#lose("offline"); });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      if (this.state === "waiting") this.#open();
      else if (this.state === "open") this.#check();
    });
  }

  /** Opens it as a device, or as somebody who only watches; again if it was open as another. */
  start(device) {
    if (this.#wanted && this.#device === device && this.state !== "ended") return;
    this.#device = device;
    this.#wanted = true;
    this.#attempt = 0;
    this.#drop();
    this.#open();
  }

  stop() {
    this.#wanted = false;
    this.#run += 1;
    clearTimeout(this.#timer);
    this.#drop();
    this.#become("ended");
  }

  send(message) {
    if (this.state !== "open" || !this.#socket) return false;
    this.#socket.send(this.#writer ? this.#writer.write(message) : JSON.stringify(message));
    if (message.type === "watch") this.#unwatched.delete(message.group);
    if (message.type === "unwatch") {
      this.#unwatched.add(message.group);
      this.#reader?.forget(message.group);
    }
    return true;
  }

  /** Sends a message and waits for the reply. */
  ask(message) {
    const id = this.#nextID++;
    return new Promise((resolve, reject) => {
      if (!this.send({ ...message, id })) return reject(new Refused(0));
      const timer = setTimeout(() => {
        this.#questions.delete(id);
        reject(new Refused(0));
      }, answerWithin);
      this.#questions.set(id, { resolve, reject, timer });
    });
  }

  /** Milliseconds until the next attempt, of a state `waiting`. */
  get wait() { return Math.max(0, this.#due - performance.now()); }
  #due = 0;

  async #open() {
    clearTimeout(this.#timer);
    const run = ++this.#run;
    this.#become("connecting");
    let ticket;
    try {
      ticket = await call("POST", "/stream/tickets", this.#device ? { deviceId: this.#device } : {});
    } catch (error) {
      if (run !== this.#run) return;
      // A device that is gone: go on as who watches.
      if (error.status === 404 && this.#device) {
        this.#device = null;
        this.dispatchEvent(new Event("deviceLost"));
        return this.#open();
      }
      if (error.status === 401 || error.status === 403) return this.#become("ended");
      return this.#retry((error.retryAfter ?? 0) * 1000);
    }
    if (run !== this.#run) return;
    const address = new URL(`/api/v1/stream?ticket=${encodeURIComponent(ticket.ticket)}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, this.#isPlain ? ["presence.v1"] : ["presence.v1.packed", "presence.v1"]);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const isOurs = () => this.#socket === socket;
    socket.onopen = () => { if (isOurs()) this.#opened(socket.protocol === "presence.v1.packed"); };
    socket.onmessage = (event) => { if (isOurs()) this.#receive(event.data); };
    socket.onclose = (event) => { if (isOurs()) this.#closed(event.code); };
    // A hub that takes the connection and says nothing.
    this.#pong = setTimeout(() => { if (isOurs() && this.state === "connecting") this.#lose("silent"); }, answerWithin);
  }

  #opened(isPacked) {
    this.#reader = isPacked ? new PackedReader() : null;
    this.#writer = isPacked ? new PackedWriter() : null;
    this.#unwatched.clear();
  }

  #receive(data) {
    let message;
    try {
      message = this.#reader ? this.#reader.read(data) : JSON.parse(data);
    } catch {
      // Whatever comes after cannot be trusted either.
      this.#isPlain = true;
      return this.#lose();
    }
    if (!message) return;
    // It was on its way when the group was given up.
    if (message.type === "snapshot" && this.#unwatched.has(message.group)) this.#reader?.forget(message.group);
    this.#hear(message);
  }

  /** Once at a time, and again after a while if the hub cannot just now: it may have ended the watch. */
  async #watchAnew(group) {
    if (this.#rewatched.has(group) || this.#unwatched.has(group)) return;
    this.#rewatched.add(group);
    const socket = this.#socket;
    try {
      await this.ask({ type: "watch", group });
    } catch (error) {
      // Of a conflict the snapshot is coming; who is not in the group any more is told otherwise.
      if (error.code !== "conflict" && error.code !== "not_found") {
        await new Promise((resolve) => { setTimeout(resolve, Math.max(1, error.retryAfter ?? 5) * 1000); });
        this.#rewatched.delete(group);
        if (this.#socket === socket) this.#watchAnew(group);
        return;
      }
    }
    this.#rewatched.delete(group);
  }

  #hear(message) {
    clearTimeout(this.#pong);
    if (message.type === "outdated") return this.#watchAnew(message.group);
    if (message.type === "error" && message.error === "invalid_format") this.#writer?.forget();
    // A connection that lasts, not one that ends with its first messages, begins the pauses anew.
    if (message.type === "pong") this.#attempt = 0;
    if (message.type === "welcome") {
      this.#become("open");
      clearInterval(this.#ping);
      this.#ping = setInterval(() => this.#check(), pingEvery);
    }
    if (message.type === "goodbye") this.#goodbye = message.reconnectAfter;
    if (message.re !== undefined) {
      const question = this.#questions.get(message.re);
      if (question && message.type !== "messages") {
        this.#questions.delete(message.re);
        clearTimeout(question.timer);
        if (message.type === "error") question.reject(new Refused(400, message));
        else question.resolve(message);
      }
    }
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  }
  #goodbye = null;

  /** Whether the other end still answers. */
  #check() {
    if (!this.send({ type: "ping" })) return;
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#lose("silent"), pongWithin);
  }

  /** The connection is no use any more, whatever the browser thinks of it. */
  #lose() {
    this.#drop();
    this.#retry(0);
  }

  #closed(code) {
    this.#drop();
    if (!this.#wanted) return;
    if (code === 1008) {
      // Signed out, or the device is: the first ends in `call`, the second in another ticket.
      prove().then(() => this.#retry(1000), () => this.#become("ended"));
      return;
    }
    if (code === 1013) return this.#retry(5000);
    this.#retry(this.#goodbye ?? 0);
  }

  #retry(atLeast) {
    if (!this.#wanted) return;
    this.#goodbye = null;
    // At once after a break, then from 1 s to 30 s, a random moment in each span.
    const span = this.#attempt === 0 ? 250 : Math.min(30000, 1000 * 2 ** (this.#attempt - 1));
    this.#attempt += 1;
    const wait = Math.max(atLeast, span / 2 + Math.random() * span / 2);
    this.#due = performance.now() + wait;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), wait);
    this.#become("waiting");
  }

  #drop() {
    clearInterval(this.#ping);
    clearTimeout(this.#pong);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
    for (const question of this.#questions.values()) {
      clearTimeout(question.timer);
      question.reject(new Refused(0));
    }
    this.#questions.clear();
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
