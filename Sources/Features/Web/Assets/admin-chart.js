// A small chart: lines over the last five minutes. Its words stand beside it and in its label.
import { span } from "./admin-history.js";

const namespace = "http://www.w3.org/2000/svg";
const width = 300;
const height = 72;
/** Figures further apart than this are not joined: nobody knows what was between. */
const gap = 7_000;

function svg(name, attributes = {}) {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class Chart {
  /** @param {number} count how many lines, in the order of the style's colours */
  constructor(count) {
    this.element = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img" });
    for (const share of [0, 0.5, 1]) {
      const y = 2 + share * (height - 4);
      this.element.append(svg("path", { class: "grid", d: `M0 ${y}H${width}` }));
    }
    this.area = svg("path", { class: "area" });
    this.element.append(this.area);
    this.lines = Array.from({ length: count }, (_, index) => svg("path", { class: `line line-${index + 1}` }));
    this.element.append(...[...this.lines].reverse());
  }

  /**
   * @param {{at: number, value: number | null}[][]} series of each line
   * @param {number} now where the right edge is
   * @param {number} top the value of the upper edge
   */
  draw(series, now, top, label) {
    this.element.setAttribute("aria-label", label);
    const x = (at) => (width * (1 - (now - at) / span)).toFixed(2);
    const y = (value) => (2 + (height - 4) * (1 - Math.min(value / top, 1))).toFixed(2);
    series.forEach((points, index) => {
      const pieces = this.pieces(points);
      const path = pieces.map((piece) => piece.length === 1
        ? `M${x(piece[0].at)} ${y(piece[0].value)}h.01`
        : `M${piece.map((point) => `${x(point.at)} ${y(point.value)}`).join("L")}`).join("");
      this.lines[index].setAttribute("d", path);
      if (index > 0) return;
      this.area.setAttribute("d", pieces.filter((piece) => piece.length > 1).map((piece) =>
        `M${x(piece[0].at)} ${height - 2}L${piece.map((point) => `${x(point.at)} ${y(point.value)}`).join("L")}`
        + `L${x(piece[piece.length - 1].at)} ${height - 2}Z`).join(""));
    });
  }

  /** Stretches of points that belong together. */
  pieces(points) {
    const pieces = [];
    let last = null;
    for (const point of points) {
      if (point.value === null) continue;
      if (last === null || point.at - last.at > gap) pieces.push([]);
      pieces[pieces.length - 1].push(point);
      last = point;
    }
    return pieces;
  }
}

/** The next number above one that is good to read: 1, 2 or 5 of a power of ten. */
export function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}
