// What is being done while a case is at work, and for how long.
import { h } from "./basics.js";

const STAGES = [
  ["perceive", "Reading the photo"], ["propose", "First look"], ["investigate", "Looking closer"],
  ["verify", "Testing places"], ["conclude", "Summing up"],
];
const NEXT = { perceive: "propose", propose: "investigate", investigate: "investigate", verify: "conclude" };

// `last` is the node that has finished, "" before the first.
export function stages(last, isWaiting) {
  const now = isWaiting ? "" : last ? NEXT[last] ?? "conclude" : "perceive";
  const at = STAGES.findIndex(([name]) => name === now);
  return STAGES.map(([, title], i) => h("li", { class: i < at ? "past" : i === at ? "now" : "", ...(i === at ? { "aria-current": "step" } : {}) }, title));
}

export function elapsed(since) {
  const seconds = Math.max(0, Math.floor(Date.now() / 1000 - since));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const SHOWN = 6;

// What is being done right now, with how far it is, and what has been read on the way; `place` is where it is told.
export function doing(place, step, read) {
  place.hidden = !step;
  if (!step) return;
  place.querySelector(".words").textContent = `${step.words[0].toUpperCase()}${step.words.slice(1)} …`;
  const bar = place.querySelector("progress");
  if (step.of > 1) Object.assign(bar, { value: step.done, max: step.of });
  else bar.removeAttribute("value");
  const told = place.querySelector(".so-far");
  told.hidden = !read.length;
  told.querySelector("span").textContent = [...new Set(read)].slice(-SHOWN).map((text) => `“${text}”`).join(", ");
}
