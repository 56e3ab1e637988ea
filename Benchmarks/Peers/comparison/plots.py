"""Bars and curves as small SVG files, readable on light and dark pages."""

import math
from html import escape

STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 11px; fill: #59636e }
.peer { fill: #9aa4af } .hub { fill: #0969da } .line { stroke: #0969da; fill: none; stroke-width: 2 }
.fit { stroke: #9aa4af; stroke-dasharray: 5 4; fill: none } .grid { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .small { fill: #9198a1 } .peer { fill: #656c76 } .hub { fill: #4493f8 }
  .line { stroke: #4493f8 } .fit { stroke: #656c76 } .grid { stroke: #3d444d }
}
</style>"""


def number(value):
    """Three digits that count."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 1e6:
        return f"{value / 1e6:.3g} M"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def page(width, height, title, parts):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>{escape(title)}</title>\n{STYLE}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def bars(title, unit, items):
    """Horizontal bars of (label, value, whether it is the hub)."""
    items = [item for item in items if item[1] is not None]
    left, width, step = 290, 720, 24
    most = max((value for _, value, _ in items), default=1) or 1
    parts = [
        f'<text x="8" y="20" font-weight="600">{escape(title)}</text>',
        f'<text x="{width - 8}" y="20" text-anchor="end" class="small">{escape(unit)}</text>',
    ]
    for index, (label, value, ours) in enumerate(items):
        y = 36 + index * step
        length = max(1.0, value / most * (width - left - 80))
        parts.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(label)}</text>')
        parts.append(
            f'<rect class="{"hub" if ours else "peer"}" x="{left}" y="{y}" width="{length:.1f}" height="17" rx="2"/>'
        )
        parts.append(f'<text x="{left + length + 6:.1f}" y="{y + 13}">{number(value)}</text>')
    return page(width, 44 + len(items) * step, title, parts)


def curve(title, x_name, y_name, points, slope):
    """Points on logarithmic axes with the fitted line, of (x, y)."""
    points = [(x, y) for x, y in points if x and y and y > 0]
    width, height, left, right, top, bottom = 560, 300, 64, 20, 34, 44
    parts = [f'<text x="8" y="20" font-weight="600">{escape(title)}</text>']
    if not points:
        return page(width, height, title, parts)
    low_x, high_x = span([x for x, _ in points])
    low_y, high_y = span([y for _, y in points])

    def place(x, y):
        across = (math.log(x) - low_x) / (high_x - low_x) * (width - left - right) + left
        return across, height - bottom - (math.log(y) - low_y) / (high_y - low_y) * (height - top - bottom)

    for value in marks(low_y, high_y):
        _, y = place(points[0][0], value)
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="small" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>')
    for x, _ in points:
        across, _ = place(x, points[0][1])
        parts.append(
            f'<text class="small" x="{across:.1f}" y="{height - bottom + 16}" text-anchor="middle">{number(x)}</text>'
        )
    parts.append(
        f'<text class="small" x="{(left + width - right) / 2:.0f}" y="{height - 8}" text-anchor="middle">'
        f"{escape(x_name)}</text>"
    )
    parts.append(f'<text class="small" x="{width - right}" y="20" text-anchor="end">{escape(y_name)}</text>')
    if slope is not None and len(points) > 1:
        middle_x = sum(math.log(x) for x, _ in points) / len(points)
        middle_y = sum(math.log(y) for _, y in points) / len(points)
        ends = [
            place(x, math.exp(middle_y + slope * (math.log(x) - middle_x))) for x in (points[0][0], points[-1][0])
        ]
        parts.append('<polyline class="fit" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in ends) + '"/>')
        parts.append(f'<text x="{left + 8}" y="{top + 14}">exponent {slope:.2f}</text>')
    placed = [place(x, y) for x, y in points]
    parts.append('<polyline class="line" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in placed) + '"/>')
    parts += [f'<circle class="hub" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in placed]
    return page(width, height, title, parts)


def span(values):
    """The logarithms of the ends of an axis, with room around the points and never less than a factor of three."""
    low, high = math.log(min(values)), math.log(max(values))
    room = max(0.1 * (high - low), (math.log(3) - (high - low)) / 2, 0.05)
    return low - room, high + room


def marks(low, high):
    """1, 2 and 5 of every decade; of many decades the ones alone."""
    steps = (1, 2, 5) if high - low < math.log(200) else (1,)
    decades = range(math.floor(low / math.log(10)), math.ceil(high / math.log(10)) + 1)
    return [
        step * 10.0**decade for decade in decades for step in steps if low <= math.log(step * 10.0**decade) <= high
    ]
