// Moves a dot along each run's packets in the order of the capture. Pictures and figures stand without it.
"use strict";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const PART_NAMES = {
  carrier: "carrier", message: "SNMP message", header: "header", code: "program", heap: "heap", stack: "stack",
};
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

class Player {
  constructor(figure, pace) {
    this.crossings = JSON.parse(figure.querySelector("script").textContent);
    this.figure = figure;
    this.pace = pace;  // milliseconds a link
    this.at = 0;       // crossings made so far
    this.timer = 0;
    this.map = figure.querySelector(".map");
    this.lines = this.crossings.map(c => this.map.querySelector(`.crossed[data-from="${c.from}"][data-to="${c.to}"]`));
    this.bars = [...figure.querySelectorAll(".bar")];
    figure.append(document.getElementById("player").content.cloneNode(true));
    const find = selector => figure.querySelector(selector);
    this.playButton = find(".play");
    this.slider = find("input");
    this.slider.max = this.crossings.length;
    this.readout = find(".readout");
    this.what = find(".readout b");
    this.more = find(".readout span");
    this.dot = svg("g", {class: "dot", visibility: "hidden"}, this.map);
    svg("circle", {r: 9}, this.dot);
    this.box = svg("rect", {y: -43, height: 28, rx: 14}, this.dot);
    this.label = svg("text", {y: -23}, this.dot);
    find(".previous").onclick = () => this.step(-1);
    find(".next").onclick = () => this.step(1);
    this.playButton.onclick = () => this.timer ? this.stop() : this.play();
    this.slider.oninput = () => { this.stop(); this.show(Number(this.slider.value), true); };
    this.bars.forEach((bar, index) => { bar.onclick = () => { this.stop(); this.show(index + 1, true); }; });
    this.show(0, true);
  }

  step(by) {
    this.stop();
    this.show(Math.max(0, Math.min(this.crossings.length, this.at + by)), by < 0);
  }

  play() {
    if (this.at === this.crossings.length) this.show(0, true);
    this.playButton.textContent = "Pause";
    this.readout.setAttribute("aria-live", "off");
    const next = () => {
      if (this.at === this.crossings.length) return this.stop();
      this.show(this.at + 1, false);
      this.timer = setTimeout(next, this.pace);
    };
    this.timer = setTimeout(next, this.at ? 0 : this.pace / 2);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.playButton.textContent = "Play";
    this.readout.setAttribute("aria-live", "polite");
  }

  // Where the lane of a crossing begins (1) or ends (2).
  end(index, side) {
    const line = this.lines[index];
    return [Number(line.getAttribute("x" + side)), Number(line.getAttribute("y" + side))];
  }

  place([x, y], milliseconds) {
    this.dot.style.setProperty("--glide", `${milliseconds}ms`);
    this.dot.style.transform = `translate(${x}px, ${y}px)`;
  }

  show(at, jumps) {
    this.at = at;
    this.slider.value = at;
    this.figure.classList.toggle("stepping", at > 0);
    this.dot.setAttribute("visibility", at > 0 ? "visible" : "hidden");
    this.bars.forEach((bar, i) => {
      bar.classList.toggle("past", i < at - 1);
      bar.classList.toggle("now", i === at - 1);
    });
    this.lines.forEach(line => line.classList.remove("now"));
    if (at === 0) {
      const count = this.crossings.length;
      this.what.textContent = `${count} ${count === 1 ? "link" : "links"} to cross`;
      this.more.textContent = "Play, or step through them; so does a click on a bar.";
      return;
    }
    const index = at - 1;
    this.lines[index].classList.add("now");
    const octets = `${this.crossings[index].octets} B`;
    this.label.textContent = octets;
    const width = octets.length * 10 + 16;
    this.box.setAttribute("x", -width / 2);
    this.box.setAttribute("width", width);
    if (!jumps && !still.matches) {
      this.place(this.end(index, 1), 0);
      this.dot.getBoundingClientRect();  // the dot is there before it moves
      this.place(this.end(index, 2), this.pace * 0.6);
    } else {
      this.place(this.end(index, 2), 0);
    }
    this.tell(index);
  }

  tell(index) {
    const one = this.crossings[index];
    const before = this.crossings[index - 1];
    const change = before?.way === one.way ? one.octets - before.octets : 0;
    const grown = change === 0 ? "" : `, ${Math.abs(change)} ${change > 0 ? "more" : "fewer"} than before`;
    const step = `${index + 1} of ${this.crossings.length}: ${one.from} \u2192 ${one.to}`;
    this.what.textContent = `${step}, ${one.octets} octets${grown}`;
    this.slider.setAttribute("aria-valuetext", this.what.textContent);
    const parts = Object.entries(one.parts).map(([name, octets]) => `${PART_NAMES[name]} ${octets}`).join(" + ");
    const bound = "bound" in one ? `; bound ${one.bound}` : "";
    const acts = !one.acts ? `${one.to} only ${one.to === this.crossings[0].from ? "receives" : "forwards"} it`
      : one.kind === "snmp" ? `${one.to}'s agent answers` : `the program executes at ${one.to}`;
    const first = this.crossings.find(other => other.way === one.way);
    const later = one === first ? "" : ` Seen ${((one.us - first.us) / 1000).toFixed(2)} ms after its first link.`;
    this.more.textContent = `${parts}${bound}; ${acts}.${later}`;
  }
}

for (const exchange of document.querySelectorAll(".exchange")) {
  const pace = Number(exchange.dataset.pace);
  const players = [...exchange.querySelectorAll("figure")].map(figure => new Player(figure, pace));
  if (players.length > 1) {
    const button = document.getElementById("together").content.firstElementChild.cloneNode(true);
    button.onclick = () => players.forEach(player => { player.stop(); player.show(0, true); player.play(); });
    exchange.querySelector(".says").prepend(button);
  }
}
