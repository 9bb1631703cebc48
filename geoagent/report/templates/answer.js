document.documentElement.classList.add("js");

const { shown, moments, world, divisions } = JSON.parse(document.getElementById("moments").textContent);
const map = world && answerMap(document.getElementById("moving"), world);
map?.show(shown);
map?.divisions(divisions);

// What belongs together lights up, by ids: boxes, clues, sentences, and the places on the map that evidence points to.
const ids = (text) => (text || "").split(" ").filter(Boolean);
const linked = [...document.querySelectorAll("[data-clues]")].map((element) => ({
  element, clues: ids(element.dataset.clues), evidence: ids(element.dataset.evidence),
}));
const isLink = (element) => element.matches(".chain > li, .argument > li");

function light(clues, source) {
  document.body.classList.toggle("lit", clues.length > 0);
  for (const { element, clues: own } of linked) {
    const other = element !== source && isLink(element) && isLink(source);
    element.classList.toggle("on", !other && own.some((id) => clues.includes(id)));
  }
  const first = document.querySelector(".box.on");
  if (first && !source.matches(".box")) first.closest(".pictures").scrollTop = first.closest("figure").offsetTop;
}
for (const { element, clues, evidence } of linked) {
  for (const event of ["pointerenter", "focusin"]) element.addEventListener(event, () => { light(clues, element); map?.light(new Set(evidence)); });
  for (const event of ["pointerleave", "focusout"]) element.addEventListener(event, () => { light([], element); map?.light(new Set()); });
  if (element.classList.contains("box")) {
    element.addEventListener("click", () => document.querySelector(`.clues > li[data-clues~="${CSS.escape(clues[0])}"]`)?.focus());
  }
}
map?.onLight((evidence) => {
  for (const { element, evidence: own } of linked) element.classList.toggle("on", own.some((id) => evidence.has(id)));
});

// A photo is enlarged to the width of the window; the button or Escape brings it back.
for (const button of document.querySelectorAll(".zoom")) {
  const figure = button.closest("figure");
  const set = (large) => {
    figure.classList.toggle("large", large);
    button.textContent = large ? "Smaller" : "Enlarge";
    button.setAttribute("aria-pressed", large);
  };
  button.addEventListener("click", () => set(!figure.classList.contains("large")));
  figure.addEventListener("keydown", (event) => { if (event.key === "Escape") set(false); });
}

// The log and the weak reasons are closed at first; a link into them, and paper, open them.
const opened = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const fold = target && target.closest("details");
  if (fold && !fold.open) { fold.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", opened);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));
opened();

function percent(p) {
  return p > 0 && p < 0.01 ? "<1 %" : p > 0.99 && p < 1 ? ">99 %" : Math.round(100 * p) + " %";
}

// The replay: the map shows where the belief lay at a moment; the last one is the answer.
const slider = document.getElementById("moment");

function show(number) {
  const moment = moments[number], last = number === moments.length - 1;
  map.show(last ? shown : { ...shown, regions: moment.regions, point: null, radii_km: [] }, last);
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

if (slider) {
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
