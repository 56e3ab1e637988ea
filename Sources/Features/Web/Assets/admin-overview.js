// The figures as cards with small charts, and the clock that asks for them.
import { call, Refused } from "./admin-api.js";
import { Chart, niceTop } from "./admin-chart.js";
import { age, bytes, clock, duration, number, percent, whole } from "./admin-format.js";
import { History, extent, percentile, rate } from "./admin-history.js";
import { fill, h, toast } from "./dom.js";
import { strings } from "./admin-strings.en.js";

/** How often the hub is asked, and the longest pause after failures, in milliseconds. */
const interval = 2_000;
const longestPause = 30_000;

const worst = (poll, before, read) => {
  const values = poll.loops.map((loop) => read(loop.loop)(poll, before)).filter((value) => value !== null);
  return values.length > 0 ? Math.max(...values) : null;
};
const lagOf = (index) => (poll) => poll.loops.find((loop) => loop.loop === index)?.lag ?? { bounds: [], counts: [], sum: 0 };

const percentiles = (pick) => [{ name: strings.median, read: percentile(pick, 0.5) },
  { name: strings.p99, read: percentile(pick, 0.99) }];
/** How much a counter has grown in what is shown. */
const grown = (now, first, pick) => pick(now) > (first.startedAt === now.startedAt ? pick(first) : 0);

/**
 * A card: its lines, how their values are said, what stands below the figure, and whether somebody should look, by the newest
 * figures and the oldest that are kept.
 */
const cards = [
  { id: "streams", title: strings.streams, say: number, lines: [{ read: (now) => now.live.sessions }],
    note: (now) => strings.streamsNote(now.live.deviceSessions, now.live.watchers) },
  { id: "groups", title: strings.groups, say: number, lines: [{ read: (now) => now.live.groups }],
    note: (now) => strings.groupsNote(now.live.devices) },
  { id: "locations", title: strings.locations, say: number, unit: strings.perSecond,
    lines: [{ read: rate((now) => now.totals.reports) }],
    note: (now, value) => strings.locationsNote(number(value(rate((poll) => poll.writeBehind.committed)))) },
  { id: "deliveries", title: strings.deliveries, say: number, unit: strings.perSecond,
    lines: [{ read: rate((now) => now.totals.deliveries) }],
    note: (now, value) => strings.deliveriesNote(bytes(value(rate((poll) => poll.totals.bytesSent)))) },

  { id: "fan-out", title: strings.fanOut, say: duration, lines: percentiles((now) => now.fanOut),
    note: () => strings.fanOutNote },
  { id: "acks", title: strings.acks, say: duration, lines: percentiles((now) => now.acks), note: () => strings.acksNote },
  { id: "write-behind", title: strings.writeBehind, say: number, unit: strings.rows,
    lines: [{ read: (now) => now.writeBehind.held }],
    note: (now) => strings.writeBehindNote(number(now.writeBehind.dropped), number(now.writeBehind.refused)),
    isBad: (now, first) => grown(now, first, (poll) => poll.writeBehind.dropped) },
  { id: "flushes", title: strings.flushes, say: duration, lines: percentiles((now) => now.writeBehind.flushes),
    note: (now) => strings.flushesNote(number(now.writeBehind.retries)) },

  { id: "requests", title: strings.requests, say: number, unit: strings.perSecond,
    lines: [{ read: rate((now) => now.totals.requests) }],
    note: (now) => strings.requestsNote(number(now.totals.serverErrors), number(now.totals.rateLimited)),
    isBad: (now, first) => grown(now, first, (poll) => poll.totals.serverErrors) },
  { id: "jobs", title: strings.jobsQueued, say: number, lines: [{ read: (now) => now.jobs.waiting }],
    note: (now) => strings.jobsNote(number(now.jobs.running), number(now.jobs.dead)), isBad: (now) => now.jobs.dead > 0 },
  { id: "slow", title: strings.slow, say: number, unit: strings.perSecond,
    lines: [{ read: rate((now) => now.slowReaders.fellBehind) }],
    note: (now) => strings.slowNote(now.slowReaders.closed) },
  { id: "database", title: strings.database, say: duration,
    lines: [{ read: (now) => (now.database.latencyMs === null ? null : now.database.latencyMs / 1000) }],
    state: (now) => (now.database.connected ? strings.databaseUp : strings.databaseDown),
    note: (now) => strings.databaseNote(now.database.activeConnections, now.database.idleConnections, now.database.waiting),
    isBad: (now) => !now.database.connected },

  { id: "queries", title: strings.queries, say: duration, lines: percentiles((now) => now.database.queries),
    note: (now) => strings.queriesNote(number(now.database.failures)) },
  { id: "lag", title: strings.lag, say: duration, note: (now) => strings.lagNote(now.loops.length),
    lines: [{ name: strings.median, read: (now, before) => worst(now, before, (loop) => percentile(lagOf(loop), 0.5)) },
      { name: strings.p99, read: (now, before) => worst(now, before, (loop) => percentile(lagOf(loop), 0.99)) }],
    isBad: (now) => now.loops.some((loop) => loop.silentSeconds > 1) },
  { id: "processor", title: strings.processor, say: percent, lines: [{ read: rate((now) => now.process.cpuSeconds) }],
    note: () => strings.processorNote },
  { id: "memory", title: strings.memory, say: bytes, lines: [{ read: (now) => now.process.residentBytes }],
    note: (now) => strings.memoryNote(whole(now.process.openFiles), whole(now.process.openFilesLimit)) },
];

/** One card on the page. */
class Card {
  constructor(form) {
    this.form = form;
    this.chart = new Chart(form.lines.length);
    this.figure = h("p", { class: "figure" });
    this.note = h("p", { class: "note" });
    this.top = h("span", {});
    this.element = h("section", { class: "figure-card", id: `card-${form.id}`, "aria-labelledby": `title-${form.id}` },
      h("h2", { id: `title-${form.id}` }, form.title), this.figure, this.note, this.chart.element,
      h("p", { class: "scale", "aria-hidden": "true" }, h("span", {}, strings.fiveMinutes), this.top,
        h("span", {}, strings.now)));
  }

  /** Shows the figures, and gives what the table says of each line. */
  show(history) {
    const { form } = this;
    const now = history.last;
    const series = form.lines.map((line) => history.points(line.read));
    const values = form.lines.map((line) => history.value(line.read));
    const tops = series.map(extent).filter((one) => one !== null).map((one) => one.most);
    const most = tops.length > 0 ? Math.max(...tops) : null;
    fill(this.figure,
      form.state && h("span", { class: "state" }, form.state(now)),
      form.lines.map((line, index) => h("span", { class: "value" },
        line.name && h("span", { class: `swatch swatch-${index + 1}`, "aria-hidden": "true" }),
        h("strong", {}, form.say(values[index])), (line.name || form.unit) && h("span", { class: "unit" }, line.name ?? form.unit))));
    this.note.textContent = form.note(now, (read) => history.value(read));
    this.element.classList.toggle("bad", form.isBad?.(now, history.polls[0]) ?? false);
    this.top.textContent = strings.most(form.say(most));
    const rows = form.lines.map((line, index) => ({
      title: line.name ? `${form.title}, ${line.name}` : form.title, unit: form.unit, say: form.say,
      now: values[index], ...extent(series[index]),
    }));
    const label = rows.map((row) => row.most === undefined ? strings.nothingYet(row.title)
      : strings.described(row.title, row.say(row.now), row.say(row.least), row.say(row.most))).join(". ");
    this.chart.draw(series, now.moment, niceTop((most ?? 0) * 1.1), label);
    return rows;
  }
}

/** The overview: asks while somebody looks, and says how it goes to `onState` as a state and a text. */
export class Overview {
  constructor(onState) {
    this.onState = onState;
    this.history = new History();
    this.cards = cards.map((form) => new Card(form));
    this.table = h("tbody", {});
    this.about = h("p", { class: "about" });
    this.details = h("details", { class: "all-figures", ontoggle: () => this.show() },
      h("summary", {}, strings.asTable),
      h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": strings.asTable }, h("table", {},
        h("thead", {}, h("tr", {}, [strings.columnFigure, strings.columnNow, strings.columnLeast, strings.columnMean,
          strings.columnMost].map((text) => h("th", { scope: "col" }, text)))), this.table)));
    this.element = h("div", { class: "overview" }, h("div", { class: "cards" }, this.cards.map((card) => card.element)),
      this.details, this.about);
    this.timer = 0;
    this.failures = 0;
    this.isAsking = false;
    this.isStopped = false;
    this.watch = () => this.look();
    document.addEventListener("visibilitychange", this.watch);
  }

  /** @param first what the hub answered when the key was tried */
  start(first) {
    this.take(first);
    this.wait(interval);
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.watch);
  }

  /** Asks now, whatever pause there is. */
  ask() {
    clearTimeout(this.timer);
    this.poll();
  }

  look() {
    if (this.isStopped) return;
    if (!document.hidden) return void this.ask();
    clearTimeout(this.timer);
    this.onState("paused", strings.paused, "");
  }

  wait(pause) {
    clearTimeout(this.timer);
    if (this.isStopped || document.hidden) return;
    this.timer = setTimeout(() => this.poll(), pause);
  }

  async poll() {
    if (this.isAsking || this.isStopped) return;
    this.isAsking = true;
    let pause = interval;
    try {
      this.take(await call("GET", "/admin/overview"));
    } catch (error) {
      if (this.isStopped || error.status === 401 || error.status === 403) return;
      pause = this.miss(error);
    } finally {
      this.isAsking = false;
    }
    this.wait(pause);
  }

  take(overview) {
    if (this.isStopped) return;
    // Of a hub of another version, or a proxy's.
    if (!overview.live || Number.isNaN(Date.parse(overview.at))) throw new Refused(502);
    this.failures = 0;
    const isRestarted = this.history.add(overview);
    this.element.classList.remove("old");
    // What was under way when the page was hidden is shown, and nothing follows.
    if (document.hidden) this.onState("paused", strings.paused, "", overview);
    else this.onState("live", strings.live, "", overview);
    if (isRestarted) toast(strings.restarted);
    this.show();
  }

  /** Says what went wrong, and how long to wait, in milliseconds. */
  miss(error) {
    const pause = error.retryAfter > 0 && error.status !== 0
      ? Math.min(Math.max(error.retryAfter * 1000, interval), 120_000)
      : Math.min(interval * 2 ** this.failures, longestPause);
    this.failures += 1;
    const seconds = Math.ceil(pause / 1000);
    const old = this.history.last ? ` ${strings.old(clock(this.history.last.moment))}` : "";
    this.element.classList.add("old");
    if (error.status === 429) this.onState("waiting", strings.busy, strings.busyText(seconds) + old);
    else if (error.status === 0) this.onState("lost", strings.lost, strings.lostText(seconds) + old);
    else this.onState("lost", strings.lost, strings.brokenText(seconds) + old);
    return pause;
  }

  show() {
    if (!this.history.last) return;
    const rows = this.cards.flatMap((card) => card.show(this.history));
    const now = this.history.last;
    this.about.textContent = strings.version(now.version, age((now.moment - Date.parse(now.startedAt)) / 1000));
    if (!this.details.open) return;
    const say = (row, value) => `${row.say(value ?? null)}${row.unit && value !== undefined ? ` ${row.unit}` : ""}`;
    fill(this.table, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.title),
      [row.now, row.least, row.mean, row.most].map((value) => h("td", {}, say(row, value))))));
  }
}
