// The figures of the last five minutes, and what follows from two of them. Knows no page.

/** How long figures are kept, in milliseconds. */
export const span = 300_000;
/** How far back percentiles look, so that what is rare has some. */
const lookBack = 10_000;

export class History {
  /** The hub's figures, the oldest first, each with the hub's own time as `moment`. */
  polls = [];

  get last() { return this.polls[this.polls.length - 1] ?? null; }

  /** Takes figures; says whether they are of another process than those before. */
  add(overview) {
    const poll = { ...overview, moment: Date.parse(overview.at) };
    const last = this.last;
    // One answer follows the other: an earlier one is of a clock that was set back.
    if (last && poll.moment === last.moment) return false;
    if (last && poll.moment < last.moment) this.polls = [];
    this.polls.push(poll);
    while (this.polls[0].moment < poll.moment - span) this.polls.shift();
    return last !== null && last.startedAt !== poll.startedAt;
  }

  /** What `read(now, before, seconds)` makes of each figure and the one before it, as points of time and value. */
  points(read) {
    return this.polls.map((poll, index) => ({ at: poll.moment, value: read(poll, this.before(index)) }));
  }

  /** The newest of that. */
  value(read) { return this.last ? read(this.last, this.before(this.polls.length - 1)) : null; }

  /** A function that gives the figures before those at an index: the nearest that are `age` older; null if there are none. */
  before(index) {
    return (age = 0) => {
      const now = this.polls[index];
      let found = null;
      for (let place = index - 1; place >= 0; place -= 1) {
        const poll = this.polls[place];
        if (poll.startedAt !== now.startedAt) break;
        found = poll;
        if (now.moment - poll.moment >= age) break;
      }
      return found;
    };
  }
}

/** How much a counter grew in a second, since the figures before. */
export function rate(pick) {
  return (now, before) => {
    const then = before();
    if (!then) return null;
    const grown = pick(now) - pick(then);
    return grown < 0 ? null : (grown * 1000) / (now.moment - then.moment);
  };
}

/** A percentile of what happened within the last seconds; null if nothing did. */
export function percentile(pick, share) {
  return (now, before) => {
    const then = before(lookBack);
    return then ? quantile(pick(now), pick(then), share) : null;
  };
}

/** Where the share of all values that came between two states of a distribution lies, even within a bucket. */
export function quantile(now, then, share) {
  const counts = now.counts.map((count, index) => count - (then.counts[index] ?? 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0 || counts.some((count) => count < 0)) return null;
  let left = share * total;
  for (let index = 0; index < counts.length; index += 1) {
    if (counts[index] >= left && counts[index] > 0) {
      const low = index === 0 ? 0 : now.bounds[index - 1];
      const high = now.bounds[index] ?? low;
      return low + (high - low) * (left / counts[index]);
    }
    left -= counts[index];
  }
  return now.bounds[now.bounds.length - 1] ?? null;
}

/** Least, mean and greatest of points, without those that have no value; null if none has. */
export function extent(points) {
  const values = points.map((point) => point.value).filter((value) => value !== null);
  if (values.length === 0) return null;
  return {
    least: Math.min(...values), most: Math.max(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  };
}
