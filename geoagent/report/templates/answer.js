"use strict";
document.documentElement.classList.add("js");

// What belongs together lights up: boxes, clues and the links of the chain, by the ids of clues.
const linked = [...document.querySelectorAll("[data-clue], [data-clues]")].map(element => ({
  element,
  clues: [element.dataset.clue, ...(element.dataset.clues || "").split(" ")].filter(Boolean),
}));
function light(clues, source) {
  document.body.classList.toggle("lit", clues.length > 0);
  const isLink = element => element.matches(".chain > li, .argument > li");
  for (const { element, clues: own } of linked) {
    const other = element !== source && isLink(element) && isLink(source);
    element.classList.toggle("on", !other && own.some(id => clues.includes(id)));
  }
  const first = document.querySelector(".box.on");
  if (first && !source.matches(".box")) first.closest(".pictures").scrollTop = first.closest("figure").offsetTop;
}
for (const { element, clues } of linked) {
  for (const event of ["pointerenter", "focusin"]) element.addEventListener(event, () => light(clues, element));
  for (const event of ["pointerleave", "focusout"]) element.addEventListener(event, () => light([], element));
  if (element.classList.contains("box")) {
    element.addEventListener("click", () => document.querySelector(`li[data-clue="${CSS.escape(clues[0])}"]`)?.focus());
  }
}

// The log is closed at first; a link to one of its steps, and paper, open it.
const log = document.querySelector("details.log");
const opened = () => { if (location.hash.startsWith("#step-")) log.open = true; };
addEventListener("hashchange", opened);
addEventListener("beforeprint", () => { log.open = true; });
opened();

// The replay: each map is drawn again from the cells and their shades at a moment.
const { moments, maps } = JSON.parse(document.getElementById("moments").textContent);
const slider = document.getElementById("moment");
const SHADES = 7, NEIGHBOURS = [[2, 0], [1, 1], [-1, 1], [-2, 0], [-1, -1], [1, -1]];
const at = value => value.toFixed(1);

function paths({ pitch, cells }, state) {
  const drawn = { s1: "", s2: "", s3: "", s4: "", s5: "", s6: "", r90: "", r50: "" };
  const half = pitch / Math.sqrt(3), quarter = half / 2, x = pitch / 2;
  const corners = [[x, -quarter], [x, quarter], [0, half], [-x, quarter], [-x, -quarter], [0, -half]];
  const regions = { r90: new Map(), r50: new Map() };
  cells.forEach(([column, row], i) => {
    const number = parseInt(state[i], 36), shade = number % SHADES, depth = (number - shade) / SHADES;
    const middle = [column * pitch / 2, row * pitch * Math.sqrt(3) / 2];
    if (shade) drawn["s" + shade] += "M" + corners.map(([dx, dy]) => at(middle[0] + dx) + " " + at(middle[1] + dy)).join("L") + "z";
    if (depth > 0) regions.r90.set(column + " " + row, [column, row, middle]);
    if (depth > 1) regions.r50.set(column + " " + row, [column, row, middle]);
  });
  for (const [name, region] of Object.entries(regions)) {
    for (const [column, row, [mx, my]] of region.values()) {
      NEIGHBOURS.forEach(([dx, dy], side) => {
        if (region.has(column + dx + " " + (row + dy))) return;
        const [[ax, ay], [bx, by]] = [corners[side], corners[(side + 1) % 6]];
        drawn[name] += `M${at(mx + ax)} ${at(my + ay)}L${at(mx + bx)} ${at(my + by)}`;
      });
    }
  }
  return drawn;
}

function percent(p) {
  return p > 0 && p < 0.01 ? "<1 %" : p > 0.99 && p < 1 ? ">99 %" : Math.round(100 * p) + " %";
}

function show(number) {
  const moment = moments[number], last = number === moments.length - 1;
  for (const [name, map] of Object.entries(maps)) {
    const group = document.querySelector(`#map-${name} .cells`);
    for (const [path, d] of Object.entries(paths(map, map.states[number]))) group.querySelector("." + path).setAttribute("d", d);
  }
  const said = number === 0 ? "Before any evidence" : moment.said.join("; ");
  document.getElementById("came").textContent =
    number === 0 ? said : `${moment.step ? `Step ${moment.step}` : `Evidence ${number}`}: ${said}`;
  document.getElementById("leaders").replaceChildren(...moment.leaders.map(([name, p]) => {
    const item = document.createElement("li"), label = document.createElement("bdi"), figure = document.createElement("span");
    const bar = document.createElement("span"), fill = document.createElement("i");
    label.textContent = name; figure.textContent = percent(p);
    bar.className = "bar"; bar.setAttribute("aria-hidden", "true"); fill.style.width = `${100 * p}%`; bar.append(fill);
    item.append(label, bar, figure);
    return item;
  }));
  slider.value = number;
  slider.setAttribute("aria-valuetext", last ? "after all evidence" : number === 0 ? "before any evidence" : `after ${number} of ${moments.length - 1}`);
  document.querySelectorAll(".chain .now").forEach(link => link.classList.remove("now"));
  if (moment.step) document.getElementById(`step-${moment.step}`)?.classList.add("now");
}

if (slider && maps) {
  const play = document.getElementById("play");
  let running = null;
  const stop = () => { clearInterval(running); running = null; play.textContent = "▶"; play.setAttribute("aria-label", "Replay"); };
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  play.addEventListener("click", () => {
    if (running) return stop();
    show(Number(slider.value) >= moments.length - 1 ? 0 : Number(slider.value));
    play.textContent = "❚❚"; play.setAttribute("aria-label", "Stop");
    running = setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next < moments.length) show(next);
      if (next >= moments.length - 1) stop();
    }, 1100);
  });
  addEventListener("beforeprint", () => { stop(); show(moments.length - 1); });
}
