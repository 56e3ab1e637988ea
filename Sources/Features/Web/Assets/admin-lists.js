// What operators look through: streams, devices, jobs, the audit log, keys. Each list is asked for when it is shown.
import { call } from "./admin-api.js";
import { bytes, moment, number } from "./admin-format.js";
import { dialog, field, fill, h, toast } from "./dom.js";
import { strings } from "./admin-strings.en.js";

/** What to tell somebody of a refusal. */
export function explain(error) {
  if (error.status === 0) return strings.unreachable;
  if (error.status === 429) return strings.tooOften(error.retryAfter ?? 60);
  return error.message || strings.failed;
}

const short = (id) => h("code", { title: id }, id.slice(0, 8));
const full = (id) => h("code", {}, id);
const time = (text) => (text ? h("time", { datetime: text }, moment(text)) : strings.never);

/** A table that grows page by page. */
class List {
  /**
   * @param {object} form
   *   `title`; `columns`, each with `title` and `cell(row)`; `load(cursor)`, which answers `{ rows, nextCursor, total }`;
   *   `filters`, elements above the table; `action`, a last column of buttons; `empty`, what is said of no rows
   */
  constructor(form) {
    this.form = form;
    this.body = h("tbody", {});
    this.status = h("p", { class: "list-status", role: "status" });
    this.moreButton = h("button", { class: "secondary", type: "button", hidden: true, onclick: () => this.load(true) },
      strings.more);
    this.refreshButton = h("button", { class: "secondary", type: "button", onclick: () => this.load(false) },
      strings.refresh);
    const columns = [...form.columns, ...(form.action ? [{ title: "" }] : [])];
    const table = h("table", {},
      h("thead", {}, h("tr", {}, columns.map(({ title }) => h("th", { scope: "col" }, title)))), this.body);
    this.element = h("section", { class: "list", "aria-label": form.title },
      h("header", {}, h("h2", {}, form.title), form.filters, this.refreshButton),
      h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": form.title }, table),
      h("footer", {}, this.status, this.moreButton));
    this.count = 0;
    this.cursor = null;
    this.asked = 0;
  }

  /** @param {boolean} goesOn whether what comes is put behind what is there */
  async load(goesOn) {
    const asked = ++this.asked;
    const buttons = [this.moreButton, this.refreshButton];
    for (const button of buttons) button.disabled = true;
    this.element.setAttribute("aria-busy", "true");
    this.status.textContent = strings.loading;
    this.status.classList.remove("wrong");
    try {
      const { rows, nextCursor = null, total } = await this.form.load(goesOn ? this.cursor : null);
      if (asked !== this.asked) return;
      if (!goesOn) {
        this.count = 0;
        fill(this.body);
      }
      this.body.append(...rows.map((row) => this.row(row)));
      this.count += rows.length;
      this.cursor = nextCursor;
      this.moreButton.hidden = nextCursor === null;
      this.status.textContent = this.count === 0 ? this.form.empty ?? strings.empty
        : total > this.count ? strings.shownOf(this.count, total) : strings.shown(this.count);
    } catch (error) {
      if (asked !== this.asked) return;
      this.status.textContent = explain(error);
      this.status.classList.add("wrong");
    } finally {
      if (asked === this.asked) {
        for (const button of buttons) button.disabled = false;
        this.element.removeAttribute("aria-busy");
      }
    }
  }

  row(row) {
    const cells = this.form.columns.map(({ title, cell, wide }) =>
      h("td", { dataset: { label: title }, class: wide && "long" }, cell(row) ?? strings.none));
    if (this.form.action) cells.push(h("td", { class: "action" }, this.form.action(row, this)));
    return h("tr", {}, cells);
  }
}

/** A button that asks the hub for something and says what came of it. */
function act(label, description, work, done, list) {
  const button = h("button", { class: "secondary small", type: "button", "aria-label": description, onclick: async () => {
    button.disabled = true;
    try {
      if (await work() === false) return;
      toast(done);
      await list.load(false);
    } catch (error) {
      toast(explain(error), true);
    } finally {
      button.disabled = false;
    }
  } }, label);
  return button;
}

/** Asks somebody whether they mean it; false if not. */
function confirm(title, text, yes) {
  return new Promise((resolve) => {
    let isMeant = false;
    const box = dialog(title, strings.close, h("p", {}, text), h("div", { class: "actions" },
      h("button", { class: "secondary", type: "button", onclick: () => box.close() }, strings.cancel),
      h("button", { class: "danger", type: "button", onclick: () => { isMeant = true; box.close(); } }, yes)));
    box.addEventListener("close", () => resolve(isMeant));
  });
}

function choice(label, options, change) {
  const one = field(label, { options, onchange: () => change() });
  one.element.classList.add("filter");
  return one;
}

function sessions() {
  const order = choice(strings.order, [["id", strings.orderId], ["queued", strings.orderQueued],
    ["bytesIn", strings.orderBytesIn], ["bytesOut", strings.orderBytesOut], ["messagesIn", strings.orderMessagesIn],
    ["messagesOut", strings.orderMessagesOut]], () => list.load(false));
  const list = new List({
    title: strings.sessions, filters: order.element,
    columns: [
      { title: strings.session, cell: (row) => full(row.sessionId), wide: true },
      { title: strings.device, cell: (row) => (row.deviceId ? short(row.deviceId) : strings.watcher) },
      { title: strings.group, cell: (row) => row.groupId },
      { title: strings.protocol, cell: (row) => row.protocol },
      { title: strings.address, cell: (row) => row.address },
      { title: strings.opened, cell: (row) => time(row.openedAt) },
      { title: strings.waitingBytes, cell: (row) => bytes(row.queuedBytes) },
      { title: strings.rates, cell: (row) => `${number(row.messagesInPerSecond)} / ${number(row.messagesOutPerSecond)}` },
    ],
    load: async (cursor) => {
      const answer = await call("GET", "/admin/sessions", { sort: order.input.value, cursor });
      return { rows: answer.sessions, nextCursor: answer.nextCursor, total: answer.total };
    },
    action: (row, self) => act(strings.closeSession, `${strings.closeSession} ${row.sessionId}`, async () => {
      if (!await confirm(strings.closeSessionQuestion, strings.closeSessionText, strings.closeSession)) return false;
      return call("DELETE", `/admin/sessions/${encodeURIComponent(row.sessionId)}`);
    }, strings.sessionClosed, self),
  });
  return [list];
}

function devices() {
  const state = choice(strings.state, [["", strings.allStates], ["true", strings.active], ["false", strings.inactive]],
    () => list.load(false));
  const list = new List({
    title: strings.devices, filters: state.element,
    columns: [
      { title: strings.name, cell: (row) => h("bdi", {}, row.displayName), wide: true },
      { title: strings.device, cell: (row) => full(row.deviceId), wide: true },
      { title: strings.group, cell: (row) => row.groupId },
      { title: strings.platform, cell: (row) => h("bdi", {}, row.platform) },
      { title: strings.state, cell: (row) => (row.active ? strings.active : strings.inactive) },
      { title: strings.lastSeen, cell: (row) => time(row.lastSeenAt) },
    ],
    load: async (cursor) => {
      const answer = await call("GET", "/admin/devices", { active: state.input.value, cursor });
      return { rows: answer.devices, nextCursor: answer.nextCursor };
    },
    action: (row, self) => !row.active && act(strings.reactivate, `${strings.reactivate} ${row.displayName}`,
      () => call("POST", `/admin/devices/${encodeURIComponent(row.deviceId)}/reactivate`), strings.reactivated, self),
  });
  return [list];
}

function jobs() {
  // Schedules and queue come in one answer.
  let answer = null;
  const both = (pick) => async () => {
    const asked = answer ??= call("GET", "/admin/jobs").finally(() => { answer = null; });
    return { rows: pick(await asked) };
  };
  const dead = new List({
    title: strings.deadLetters, empty: strings.noDead,
    columns: [
      { title: strings.kind, cell: (row) => row.kind },
      { title: strings.reason, cell: (row) => row.reason, wide: true },
      { title: strings.attempts, cell: (row) => number(row.attempts) },
      { title: strings.created, cell: (row) => time(row.createdAt) },
      { title: strings.died, cell: (row) => time(row.diedAt) },
      { title: strings.id, cell: (row) => short(row.id) },
    ],
    load: async () => {
      const { jobs: rows, total } = await call("GET", "/admin/jobs/dead");
      return { rows, total };
    },
    action: (row, self) => act(strings.retry, `${strings.retry} ${row.kind} ${row.id}`, async () => {
      await call("POST", `/admin/jobs/dead/${encodeURIComponent(row.id)}/retry`);
      queue.load(false);
    }, strings.retried, self),
  });
  const queue = new List({
    title: strings.queue, empty: strings.noQueued, load: both((all) => all.kinds),
    columns: [
      { title: strings.kind, cell: (row) => row.kind }, { title: strings.waiting, cell: (row) => number(row.waiting) },
      { title: strings.running, cell: (row) => number(row.running) }, { title: strings.dead, cell: (row) => number(row.dead) },
    ],
  });
  const schedules = new List({
    title: strings.schedules, load: both((all) => all.schedules),
    columns: [
      { title: strings.name, cell: (row) => row.name }, { title: strings.lastRun, cell: (row) => time(row.lastStartedAt) },
      { title: strings.result, cell: (row) => (row.runningOn ? strings.runningOn(row.runningOn) : row.lastResult) },
      { title: strings.report, cell: (row) => row.lastReport || null, wide: true },
      { title: strings.nextRun, cell: (row) => time(row.nextRunAt) },
    ],
  });
  return [dead, queue, schedules];
}

function audit() {
  const [from, to] = [strings.from, strings.to].map((label) => {
    const one = field(label, { type: "datetime-local", step: "1" });
    one.element.classList.add("filter");
    return one;
  });
  const wrong = h("p", { class: "wrong", role: "alert" });
  // A time is of this browser's zone; the hub takes UTC.
  const utc = (one) => {
    const date = new Date(one.input.value);
    // What is no time goes as it is, and the hub says so.
    return Number.isNaN(date.getTime()) ? one.input.value : date.toISOString();
  };
  const form = h("form", { class: "filters", novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    const isTurned = from.input.value && to.input.value && utc(to) < utc(from);
    wrong.textContent = isTurned ? strings.timeOrder : "";
    if (!isTurned) list.load(false);
  } }, from.element, to.element, h("button", { class: "secondary", type: "submit" }, strings.show), wrong);
  const list = new List({
    title: strings.audit, filters: form,
    columns: [
      { title: strings.time, cell: (row) => time(row.at) },
      { title: strings.operation, cell: (row) => row.operation },
      { title: strings.outcome, cell: (row) => h("span", { class: "outcome", dataset: { outcome: row.outcome } },
        row.attempts > 1 ? `${row.outcome}, ${strings.times(row.attempts)}` : row.outcome) },
      { title: strings.who, cell: (row) => (row.keyPrefix ? strings.keyNamed(row.keyPrefix) : row.userId && strings.user(row.userId)) },
      { title: strings.target, cell: (row) => row.target && h("code", {}, row.target), wide: true },
      { title: strings.affected, cell: (row) => row.affected ?? null },
      { title: strings.detail, cell: (row) => row.detail, wide: true },
      { title: strings.address, cell: (row) => row.clientAddress },
      { title: strings.request, cell: (row) => h("code", {}, row.requestId), wide: true },
    ],
    load: async (cursor) => {
      const answer = await call("GET", "/admin/audit", { from: utc(from), to: utc(to), cursor });
      return { rows: answer.entries, nextCursor: answer.nextCursor };
    },
  });
  return [list];
}

function keys() {
  return [new List({
    title: strings.keys,
    columns: [
      { title: strings.prefix, cell: (row) => h("code", {}, row.prefix) },
      { title: strings.name, cell: (row) => h("bdi", {}, row.name), wide: true },
      { title: strings.admin, cell: (row) => (row.admin ? strings.yes : strings.no) },
      { title: strings.state, cell: (row) => (row.active ? strings.active : strings.inactive) },
      { title: strings.created, cell: (row) => time(row.createdAt) },
      { title: strings.expires, cell: (row) => time(row.expiresAt) },
      { title: strings.lastUsed, cell: (row) => time(row.lastUsedAt) },
    ],
    load: async (cursor) => {
      const answer = await call("GET", "/admin/keys", { cursor });
      return { rows: answer.keys, nextCursor: answer.nextCursor };
    },
  })];
}

/** By the name of their place; `show` gives the element of a place and has its lists asked for. */
export const places = { sessions, devices, jobs, audit, keys };

export function show(name) {
  const lists = places[name]();
  for (const list of lists) list.load(false);
  return h("div", { class: "lists" }, lists.map((list) => list.element));
}
