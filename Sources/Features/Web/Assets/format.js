// How values are said: ages, distances, names.
import { strings } from "./strings.en.js";
import { settings } from "./settings.js";

/** How long ago, in milliseconds, as people say it. */
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 10) return strings.now;
  if (seconds < 60) return strings.secondsAgo(seconds);
  if (seconds < 3600) return strings.minutesAgo(Math.floor(seconds / 60));
  if (seconds < 86400) return strings.hoursAgo(Math.floor(seconds / 3600));
  return strings.daysAgo(Math.floor(seconds / 86400));
}

export function distance(metres) {
  if (settings.units === "imperial") {
    const feet = metres / 0.3048;
    if (feet < 1000) return `${Math.round(feet)} ft`;
    return `${number(metres / 1609.344)} mi`;
  }
  return metres < 1000 ? `${Math.round(metres)} m` : `${number(metres / 1000)} km`;
}

export function speed(metresPerSecond) {
  return settings.units === "imperial"
    ? `${Math.round(metresPerSecond * 2.236936)} mph` : `${Math.round(metresPerSecond * 3.6)} km/h`;
}

function number(value) { return value < 10 ? value.toFixed(1) : String(Math.round(value)); }

export function time(date) { return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }); }

export function timeWithSeconds(date) {
  return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function day(date) {
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return strings.today;
  today.setDate(today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return strings.yesterday;
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

const segmenter = window.Intl?.Segmenter ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/** Characters as people count them: a flag or a family is one. */
export function characters(text) {
  return segmenter ? Array.from(segmenter.segment(text), (part) => part.segment) : Array.from(text);
}

/** What turns the direction of text about, and what cannot be seen. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
/** Of that, what would turn about the text after the name as well. */
const turning = /[\u202a-\u202e\u2066-\u2069]/gu;

/** A device's name as it is shown, which may be of signs that nobody sees. */
export function shownName(name) {
  const text = name.replace(turning, "").trim();
  return text.replace(unseen, "").trim() ? text : strings.nameless;
}

/** One or two letters for a name. */
export function initials(name) {
  const words = name.replace(unseen, "").trim().split(/\s+/u).filter(Boolean);
  const pick = (word) => characters(word).find((part) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(part))
    ?? characters(word)[0] ?? "";
  if (words.length === 0) return "?";
  const first = pick(words[0]);
  const isLetter = (text) => /^[\p{L}\p{N}]/u.test(text);
  const last = words.length > 1 ? pick(words[words.length - 1]) : "";
  return (isLetter(first) && isLetter(last) ? first + last : first).toLocaleUpperCase();
}

const colours = ["#0b6e99", "#9c3d1d", "#5b3fa8", "#1d7a3a", "#a6286b", "#7a5b00", "#2350b8", "#0f7370", "#8a2fa3",
  "#b02a2a", "#4a5d00", "#63472c"];

/** A colour for somebody, always the same; white is readable on it. */
export function colour(id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return colours[hash % colours.length];
}
