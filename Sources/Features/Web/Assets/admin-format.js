// How values of the administration are said.
import { strings } from "./admin-strings.en.js";

const small = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const unbroken = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });

export function number(value) {
  if (value === null || value === undefined) return strings.none;
  if (Math.abs(value) >= 1e6) return compact.format(value);
  return Math.abs(value) < 1000 ? small.format(value) : unbroken.format(value);
}

/** All digits. */
export function whole(value) { return unbroken.format(value); }

/** Of seconds. */
export function duration(value) {
  if (value === null || value === undefined) return strings.none;
  if (value < 0.001) return `${small.format(value * 1e6)} µs`;
  if (value < 1) return `${small.format(value * 1000)} ms`;
  return `${small.format(value)} s`;
}

export function bytes(value) {
  if (value === null || value === undefined) return strings.none;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let power = 0;
  while (value >= 1024 && power < units.length - 1) {
    value /= 1024;
    power += 1;
  }
  return `${small.format(value)} ${units[power]}`;
}

export function percent(value) {
  return value === null || value === undefined ? strings.none : `${small.format(value * 100)} %`;
}

/** A length of time in seconds, in its two largest units. */
export function age(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => seconds >= size);
  if (first < 0) return "0 s";
  const [size, unit] = parts[first];
  const text = `${Math.floor(seconds / size)} ${unit}`;
  const next = parts[first + 1];
  const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
  return rest > 0 ? `${text} ${rest} ${next[1]}` : text;
}

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function moment(text) { return text ? moments.format(new Date(text)) : strings.none; }

export function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
