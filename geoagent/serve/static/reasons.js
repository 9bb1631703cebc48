// Why an answer is believed: the sentences by weight, and the log of the run behind them.
import { h } from "./basics.js";

const STRONG = new Set(["decisive", "strong"]);
const GROUPS = [["seen", ""], ["strong", "Strong"], ["against", "Against"], ["weak", "Weak"]];
const NODES = {
  perceive: "reading", propose: "first look", investigate: "closer look", verify: "test", conclude: "summing up", user: "you",
};

export const SUPPORT = {
  unsupported: " (nothing recorded supports this)", seen: " (seen by the model; no other witness)",
  cited: " (the model’s words; check the record)",
};

// As `weight_of` in geoagent/case/summary.py.
function group(step) {
  if (step.stance === "against") return "against";
  if (step.support === "unsupported") return "weak";
  if (!step.weight) return "seen";
  return STRONG.has(step.weight) ? "strong" : "weak";
}

// What says where the place is comes before what says where it is not; then the heavier comes first.
function byWeight(a, b) {
  const last = (step) => Number(step.kind === "elimination");
  return last(a) - last(b) || Math.abs(b.log_odds ?? 0) - Math.abs(a.log_odds ?? 0);
}

// The sentences as lists; `row` makes one.
export function reasons(argument, row) {
  const found = Object.fromEntries(GROUPS.map(([name]) => [name, []]));
  for (const step of argument) if (step.kind !== "conclusion") found[group(step)].push(step);
  return GROUPS.filter(([name]) => found[name].length).flatMap(([name, title]) => {
    const list = h("ol", { class: "argument", "aria-label": title || "What was seen and found" }, ...found[name].sort(byWeight).map(row));
    if (name !== "weak") return title ? [h("h3", {}, title), list] : [list];
    const count = found.weak.length;
    const fold = h("details", { class: "weak" }, h("summary", {}, `${count} weak reason${count > 1 ? "s" : ""}`), list);
    fold.open = !found.strong.length;
    return [fold];
  });
}

// A step of the log, with who did it.
export function logged(step) {
  return h("li", { tabindex: "0" }, h("span", { class: "node" }, NODES[step.node] ?? step.node),
    h("span", { dir: "auto" }, step.statement), SUPPORT[step.support] ?? "", h("span", { class: "odds" }));
}
