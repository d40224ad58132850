"""Line charts as SVG: what was measured as lines with points, what a formula gives as dashes without.

Elements are xml.etree's, which does the escaping. Colours follow the reader's light or dark page.
"""

import math
from xml.etree.ElementTree import Element, SubElement, indent, tostring

WIDTH, HEIGHT = 620, 300  # and a row of the key for every two lines
LEFT, RIGHT, TOP, BOTTOM, KEY_ROW = 70, 18, 44, 46, 18
LIGHT = {"paper": "#ffffff", "ink": "#1b1f24", "faint": "#59636e", "rule": "#d1d9e0",
         "snmp": "#b35900", "snmp_in_turn": "#8250df", "snap": "#0969da"}
DARK = {"paper": "#0d1117", "ink": "#e6edf3", "faint": "#9198a1", "rule": "#30363d",
        "snmp": "#e3893c", "snmp_in_turn": "#bc8cff", "snap": "#58a6ff"}


def _colours(sheet):
    """The rules that give elements their colours."""
    rules = [(".paper", "fill", "paper"), ("text", "fill", "ink"), (".faint", "fill", "faint"),
             (".rule", "stroke", "rule")]
    for via in ("snmp", "snmp_in_turn", "snap"):
        rules += [(f".line.{via}", "stroke", via), (f".point.{via}", "fill", via)]
    return " ".join(f"{element} {{ {what}: {sheet[name]} }}" for element, what, name in rules)


STYLE = f"""
  text {{ font: 12px "DejaVu Sans", Verdana, sans-serif }} .title {{ font-size: 14px; font-weight: bold }}
  .line {{ fill: none; stroke-width: 2 }} .formula {{ stroke-dasharray: 5 4 }}
  {_colours(LIGHT)}
  @media (prefers-color-scheme: dark) {{ {_colours(DARK)} }}
"""


def _add(parent, tag, text=None, **attributes):
    child = SubElement(parent, tag, {name.rstrip("_").replace("_", "-"): f"{value:.1f}" if isinstance(value, float)
                                     else str(value) for name, value in attributes.items()})
    child.text = text
    return child


def nice_step(span, most):
    """The smallest of 1, 2, 5, 10, ... of which no more than `most` fit."""
    power = 10 ** math.floor(math.log10(span / most)) if span > 0 else 1
    return next(power * factor for factor in (1, 2, 5, 10, 20) if power * factor * most >= span)


def amount(value):
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    return f"{value / 1000:g} k" if value >= 10000 else f"{value:g}"


class Chart:
    """`lines`: (via, words, points, is_formula), points being (x, y) in order; y begins at 0."""

    def __init__(self, title, x_words, y_words, lines):
        self.lines = lines
        self.words = title, x_words, y_words
        xs = [x for _, _, points, _ in lines for x, _ in points]
        ys = [y for _, _, points, _ in lines for _, y in points]
        self.x_step = nice_step(max(xs), 8)
        self.y_step = nice_step(max(ys), 6)
        self.x_most = max(self.x_step * math.ceil(max(xs) / self.x_step), 1e-9)
        self.y_most = max(self.y_step * math.ceil(max(ys) / self.y_step), 1e-9)

    def place(self, x, y):
        return (LEFT + x / self.x_most * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - y / self.y_most * (HEIGHT - TOP - BOTTOM))

    def svg(self):
        height = HEIGHT + KEY_ROW * math.ceil(len(self.lines) / 2)
        root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {height}", "role": "img"})
        title, x_words, y_words = self.words
        _add(root, "title", title)
        _add(root, "style", STYLE)
        _add(root, "rect", class_="paper", width=WIDTH, height=height)
        _add(root, "text", title, class_="title", x=LEFT, y=18)
        _add(root, "text", y_words, class_="faint", x=LEFT, y=35)
        _add(root, "text", x_words, class_="faint", x=WIDTH - RIGHT, y=HEIGHT - BOTTOM + 32, text_anchor="end")
        self._draw_scales(root)
        for at, (via, words, points, is_formula) in enumerate(self.lines):
            self._draw_line(root, via, points, is_formula)
            self._draw_key(root, at, via, words, is_formula)
        indent(root)
        return tostring(root, encoding="unicode") + "\n"

    def _draw_scales(self, root):
        for number in range(round(self.y_most / self.y_step) + 1):
            x, y = self.place(0, number * self.y_step)
            _add(root, "line", class_="rule", x1=x, y1=y, x2=float(WIDTH - RIGHT), y2=y)
            _add(root, "text", amount(number * self.y_step), x=x - 6, y=y + 4, text_anchor="end")
        for number in range(round(self.x_most / self.x_step) + 1):
            x, y = self.place(number * self.x_step, 0)
            _add(root, "text", amount(number * self.x_step), x=x, y=y + 16, text_anchor="middle")

    def _draw_line(self, root, via, points, is_formula):
        kind = f"line {via} formula" if is_formula else f"line {via}"
        _add(root, "polyline", class_=kind, points=" ".join("{:.1f},{:.1f}".format(*self.place(x, y)) for x, y in points))
        if not is_formula:
            for x, y in points:
                px, py = self.place(x, y)
                _add(_add(root, "circle", class_=f"point {via}", cx=px, cy=py, r=3), "title", f"{amount(x)}: {amount(y)}")

    def _draw_key(self, root, at, via, words, is_formula):
        x = LEFT + at % 2 * (WIDTH - LEFT - RIGHT) / 2
        y = HEIGHT + at // 2 * KEY_ROW + 8
        kind = f"line {via} formula" if is_formula else f"line {via}"
        _add(root, "line", class_=kind, x1=x, y1=y - 4, x2=x + 24, y2=y - 4)
        _add(root, "text", words, x=x + 30, y=y)
