"""Draws for the demo's page: the network once, over it each run's packets, and every packet's octets as bars.

Elements are xml.etree's, which does the escaping. Colours and sizes of text are the style sheet's.
"""

import math
from collections import Counter
from xml.etree.ElementTree import Element, SubElement

NODE_RADIUS = 23
MARGIN = 48  # room for what the player writes above a node
LANE = 7  # a packet keeps right of the middle of its link by this much
BARS_HEIGHT, BARS_TOP, BARS_BOTTOM = 120, 20, 24
MOST_LABELS = 16  # more bars than these get no text of their own
PARTS = {"carrier": "IP header (SNMP: and UDP)", "message": "SNMP message", "header": "SNAP header", "code": "program",
         "heap": "heap: objects, answers", "stack": "stack"}


def add(parent, tag, text=None, **attributes):
    """A child; `class_` is the attribute class, and _ in a name stands for -."""
    child = SubElement(parent, tag, {name.rstrip("_").replace("_", "-"): f"{value:.1f}" if isinstance(value, float)
                                     else str(value) for name, value in attributes.items()})
    child.text = text
    return child


class Map:
    """The places of a lab's nodes. `lab graph` stands honeycombs upright; lying down, two fit beside each other."""

    def __init__(self, graph):
        points = {node["name"]: (node["y"] / 2, node["x"] / 2) for node in graph["nodes"]}
        left, top = (min(point[axis] for point in points.values()) - MARGIN for axis in (0, 1))
        self.places = {name: (x - left, y - top) for name, (x, y) in points.items()}
        self.width, self.height = (max(point[axis] for point in self.places.values()) + MARGIN for axis in (0, 1))
        self.links = [(link["name"], *(end["node"] for end in link["ends"])) for link in graph["links"]]

    def symbols(self):
        """What all pictures share, each node and link once."""
        svg = Element("svg", {"class": "symbols", "aria-hidden": "true", "width": "0", "height": "0"})
        links = add(svg, "symbol", id="links", overflow="visible")
        for name, a, b in self.links:
            (x1, y1), (x2, y2) = self.places[a], self.places[b]
            add(links, "line", class_="link", x1=x1, y1=y1, x2=x2, y2=y2, data_link=name)
        nodes = add(svg, "symbol", id="nodes", overflow="visible")
        for name, (x, y) in self.places.items():
            add(nodes, "circle", class_="node", cx=x, cy=y, r=NODE_RADIUS, data_node=name)
            add(nodes, "text", name, class_="name", x=x, y=y + 6)
        for via in ("snmp", "snap", "by_hop"):
            head = add(svg, "marker", id=f"head-{via}", class_=via, viewBox="0 0 10 10", refX=9, refY=5,
                       markerWidth=11, markerHeight=11, markerUnits="userSpaceOnUse", orient="auto")
            add(head, "path", d="M0 0 L10 5 L0 10 z", class_="head")
        return svg

    def lane(self, a, b):
        """Where a packet from a to b goes: beside the middle of the link, from edge to edge of the nodes."""
        (x1, y1), (x2, y2) = self.places[a], self.places[b]
        length = math.hypot(x2 - x1, y2 - y1)
        along = ((x2 - x1) / length, (y2 - y1) / length)
        side = (-along[1] * LANE, along[0] * LANE)
        gap = math.sqrt(NODE_RADIUS ** 2 - LANE ** 2) + 2
        return (x1 + along[0] * gap + side[0], y1 + along[1] * gap + side[1],
                x2 - along[0] * gap + side[0], y2 - along[1] * gap + side[1])

    def draw(self, run, words):
        """The network with a run's packets over it."""
        svg = Element("svg", {"class": f"map {run['via']}", "viewBox": f"0 0 {self.width:.0f} {self.height:.0f}",
                              "role": "img"})
        add(svg, "title", words)
        add(svg, "use", href="#links")
        crossed = Counter((one["from"], one["to"]) for one in run["crossings"])
        for (a, b), count in crossed.items():
            x1, y1, x2, y2 = self.lane(a, b)
            add(svg, "line", class_="crossed", x1=x1, y1=y1, x2=x2, y2=y2, marker_end=f"url(#head-{run['via']})",
                style=f"stroke-width:{2 + math.sqrt(count):.1f}", data_from=a, data_to=b)
        for a, b in sorted({tuple(sorted(pair)) for pair in crossed}):
            (x1, y1), (x2, y2) = self.places[a], self.places[b]
            total = crossed[a, b] + crossed[b, a]
            pill = add(svg, "g", class_="count")
            add(pill, "title", f"{total} packets between {a} and {b}")
            add(pill, "circle", cx=(x1 + x2) / 2, cy=(y1 + y2) / 2, r=12)
            add(pill, "text", str(total), x=(x1 + x2) / 2, y=(y1 + y2) / 2 + 5)
        add(svg, "use", href="#nodes")
        self._mark_nodes(svg, run, crossed)
        return svg

    def _mark_nodes(self, svg, run, crossed):
        acted = executions(run)
        start = run["crossings"][0]["from"]
        for name in dict.fromkeys(node for pair in crossed for node in pair):
            x, y = self.places[name]
            kind = "acts" if acted[name] else "forwards"
            mark = add(svg, "g", class_=f"mark {kind}", data_node=name)
            verb = "the agent answered" if run["via"] == "snmp" else "the program executed"
            add(mark, "title", f"{name}: {verb}, times: {acted[name]}" if acted[name] else
                f"{name}: only forwards" if name != start else f"{name}: asks")
            if name == start:
                add(mark, "circle", class_="start", cx=x, cy=y, r=NODE_RADIUS + 5)
            add(mark, "circle", class_="body", cx=x, cy=y, r=NODE_RADIUS)
            add(mark, "text", name, class_="name", x=x, y=y + 6)
            if acted[name] > 1:
                add(mark, "circle", class_="badge", cx=x + 19, cy=y - 19, r=12)
                add(mark, "text", f"{acted[name]}\N{MULTIPLICATION SIGN}", class_="often", x=x + 19, y=y - 14)


def executions(run):
    """How often each node's agent answered or executed the program. A program begins at its sender's own node, which
    no link shows."""
    acted = Counter(one["to"] for one in run["crossings"] if one["acts"])
    if run["via"] != "snmp":
        ways = {one["way"]: one["from"] for one in reversed(run["crossings"])}
        acted.update(ways.values())
    return acted


def bars(run, width, scale):
    """The octets of each crossing, by parts, in the order of the capture. `scale`: octets that fill the height."""
    crossings = run["crossings"]
    svg = Element("svg", {"class": f"bars {run['via']}", "viewBox": f"0 0 {width:.0f} {BARS_HEIGHT}", "role": "img"})
    sizes = [one["octets"] for one in crossings]
    add(svg, "title", f"Octets of the packet on each of {len(sizes)} links, in order: "
                      f"first {sizes[0]}, last {sizes[-1]}, most {max(sizes)}")
    floor = BARS_HEIGHT - BARS_BOTTOM
    slot = min(width / len(crossings), 60.0)
    add(svg, "line", class_="axis", x1=0, y1=floor, x2=float(width), y2=floor)
    for index, one in enumerate(crossings):
        group = add(svg, "g", class_="bar", data_index=index)
        add(group, "title", f"{one['from']} to {one['to']}: {one['octets']} octets")
        y = float(floor)
        for part, octets in one["parts"].items():
            height = octets / scale * (floor - BARS_TOP)
            y -= height
            add(group, "rect", class_=f"part {part}", x=index * slot + slot * 0.1, y=y, width=slot * 0.8,
                height=height)
        middle = (index + 0.5) * slot
        if len(crossings) <= MOST_LABELS:
            add(group, "text", str(one["octets"]), class_="octets", x=middle, y=y - 5)
            add(group, "text", one["to"], class_="where", x=middle, y=floor + 17)
    if len(crossings) > MOST_LABELS:
        add(svg, "text", f"{len(crossings)} crossings, {min(sizes)} to {max(sizes)} octets each", class_="many", x=0,
            y=floor + 17)
    return svg


def chart(rows, keys):
    """Median times by distance with their quartiles. `rows`: of the report; `keys`: {key in a row: via}."""
    width, height, left, floor, top = 560, 270, 48.0, 236.0, 24.0
    # Quartiles may lie far out on a busy machine; what is above is cut off.
    most = 1.3 * max(row[key]["median_us"] for row in rows for key in keys)
    svg = Element("svg", {"class": "chart", "viewBox": f"0 0 {width} {height}", "role": "img"})
    add(svg, "title", "Median time of one GET in microseconds, by hops; the broad lines span the quartiles")
    step = (width - left - 24) / len(rows)

    def y(time):
        return max(top, floor - time / most * (floor - top))

    tick = 10 ** math.floor(math.log10(most / 2))
    tick *= 2 if most / tick > 6 else 1
    for value in range(0, int(most) + 1, int(max(1, tick))):
        add(svg, "line", class_="grid", x1=left, x2=float(width), y1=y(value), y2=y(value))
        add(svg, "text", str(value), class_="tick", x=left - 20, y=y(value) + 4)
    for index, row in enumerate(rows):
        add(svg, "text", str(row["hops"]), class_="tick", x=left + (index + 0.5) * step, y=floor + 18)
    add(svg, "text", "hops", class_="tick", x=left - 22, y=floor + 18)
    add(svg, "text", "\N{MICRO SIGN}s", class_="tick", x=left - 22, y=12)
    for number, (key, via) in enumerate(keys.items()):
        line = add(svg, "g", class_=via)
        points = []
        for index, row in enumerate(rows):
            x = left + (index + 0.5) * step + (number - 1) * 6
            add(line, "line", class_="spread", x1=x, x2=x, y1=y(row[key]["lower_quartile_us"]),
                y2=y(row[key]["upper_quartile_us"]))
            add(line, "circle", class_="point", cx=x, cy=y(row[key]["median_us"]), r=4)
            points.append(f"{x:.1f},{y(row[key]['median_us']):.1f}")
        add(line, "polyline", class_="median", points=" ".join(points))
    return svg
