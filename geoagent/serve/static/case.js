// One case: the photo with its clues, the levels, the map, the chain, and what is said about it, live.
import { api, h, notice, percent } from "./basics.js";
import { arrange, makeBox } from "./boxes.js";
import { drawMap } from "./map.js";

const NODES = {
  perceive: "Reading the photo", propose: "Taking a first look", investigate: "Looking closer", verify: "Testing the candidates",
  conclude: "Summing up", user: "Deciding again",
};

export async function showCase(view, id, signal) {
  const find = (selector) => view.querySelector(selector);
  const url = `/api/cases/${id}`;
  const known = { clues: new Map(), cited: new Map(), steps: new Map(), boxes: new Map() };
  let case_ = await api(url);
  let meant = null;
  let last = 0;
  let source = null;
  const say = (text) => signal.aborted || notice(text);
  const map = await drawMap(find(".map"));
  if (signal.aborted) return;

  const heading = () => {
    const done = case_.status === "done";
    find(".where").textContent = done ? case_.where || "Not known" : case_.photos.join(", ");
    find(".asked").textContent = case_.hint ? ` · ${case_.hint}` : "";
    document.title = `${find(".where").textContent} – geoagent`;
    const prediction = case_.prediction;
    const state = find(".state");
    state.className = `state ${done ? prediction.status : case_.status}`;
    state.textContent = { queued: "Waiting in the queue", running: "At work …", failed: case_.fault }[case_.status] ?? summary(case_);
    find(".exports").hidden = !done;
    find(".talk").hidden = !done || case_.disclosure !== "exact";
    for (const kind of ["report", "trace", "markdown", "geojson"]) find(`.${kind}`).href = `${url}/${kind}`;
    if (done) argue(prediction.argument);
    if (done && case_.unknown) nowhere(prediction, case_.unknown);
    else if (done) finished(prediction);
  };

  // Nothing that was found tells where: what was tried and what would help stand in place of levels and point.
  const nowhere = (prediction, unknown) => {
    nothing();
    map.point(null);
    find(".point").textContent = "";
    find(".open").replaceChildren(
      ...list("Tried", unknown.tried), ...list("What would help", unknown.would_help), ...list("Notes", prediction.notes));
  };
  const nothing = () => {
    find(".levels").replaceChildren(h("p", { class: "note" }, "Nothing that was found tells where."));
    map.belief([]);
  };
  const stand = (data) => {
    if (data.is_unknown) return nothing();
    levels(data.levels);
    map.belief(data.cells);
  };

  const finished = (prediction) => {
    levels(prediction.levels);
    map.point(prediction.point);
    find(".point").textContent = `Best point ${prediction.point.lat.toFixed(4)}, ${prediction.point.lon.toFixed(4)}: `
      + `50\u00a0% within ${km(prediction.radius_km_50)}, 90\u00a0% within ${km(prediction.radius_km_90)}`;
    const odds = new Map(prediction.influences.map((item) => [item.evidence, item.odds_ratio]));
    for (const item of known.steps.values()) {
      const ratio = item.node !== "verify" && odds.get(item.cites[0]);
      item.querySelector(".odds").textContent = ratio ? `odds ×${Number(ratio.toPrecision(3))}` : "";
    }
    const others = prediction.alternatives.slice(1).filter((region) => region.probability >= 0.01);
    find(".open").replaceChildren(
      ...list("Instead", others.map((region) => `${region.name} ${percent(region.probability)}`)),
      ...list("Not determined", prediction.undetermined.map((item) => `${item.level}: ${item.reason}`)),
      ...list("Notes", prediction.notes));
  };

  // Why the answer is believed stands first; the log of the run is behind it.
  const argue = (argument) => {
    find(".argument").replaceChildren(...argument.map((step) => {
      const counts = [step.stance === "against" && step.kind !== "conclusion" ? "against" : "", step.weight].filter(Boolean).join(", ");
      const item = h("li", { tabindex: "0", class: step.kind }, h("span", { dir: "auto" }, step.statement), marked(step), h("span", { class: "odds" }, counts));
      item.onmouseenter = item.onfocus = () => light(cluesOf(step.cites), new Set());
      return item;
    }));
    find(".log").open = argument.length === 0;
  };

  const levels = (found) => find(".levels").replaceChildren(...found.map((level) => {
    const bar = h("i");
    bar.style.width = `${100 * level.probability}%`;
    return h("div", { class: `level${level.stated ? "" : " unstated"}` },
      h("span", { class: "kind" }, level.level), h("span", { class: "name", dir: "auto" }, level.name),
      h("span", { class: "share" }, percent(level.probability)), h("div", { class: "bar" }, bar));
  }));

  const photos = (sizes) => find(".photos").replaceChildren(...sizes.map((size, index) => {
    const image = h("img", {
      src: `${url}/photos/${index + 1}`, width: size.width, height: size.height, alt: `Photo ${index + 1}: ${size.name}`,
    });
    const caption = h("figcaption", { dir: "auto" }, sizes.length > 1 ? `Photo ${index + 1}: ${size.name}` : size.name);
    return h("figure", { class: "photo" }, h("div", { class: "frame" }, image), caption);
  }));

  const light = (clues, steps) => {
    for (const box of known.boxes.values()) box.classList.remove("lit");
    for (const [clue, box] of known.boxes) if (clues.has(clue)) box.classList.add("lit");
    for (const [step, item] of known.steps) item.classList.toggle("lit", steps.has(step));
  };
  const cluesOf = (cites) => new Set(cites.flatMap((cite) => [cite, ...(known.cited.get(cite) ?? [])]));
  const choose = (clue) => {
    meant = clue;
    find(".about").hidden = !clue;
    find(".meant").textContent = clue?.value ?? "";
  };

  const addClue = (clue) => {
    if (known.clues.has(clue.id)) return;
    known.clues.set(clue.id, clue);
    const frame = find(".photos").children[clue.view - 1]?.querySelector(".frame");
    if (!frame || !clue.box) return;
    const box = makeBox(frame, clue, known.boxes);
    const lit = () => light(new Set([clue.id]), new Set(stepsOf(clue.id)));
    box.onmouseenter = box.onfocus = lit;
    box.onclick = () => { lit(); choose(clue); };
    known.boxes.set(clue.id, box);
  };
  const stepsOf = (clue) => [...known.steps.keys()].filter((id_) => cluesOf(known.steps.get(id_).cites).has(clue));

  const marked = (step) => ({
    unsupported: " (nothing recorded supports this)", seen: " (seen by the model; no other witness)",
    cited: " (the model’s words; check the record)",
  })[step.support] ?? "";

  const addStep = (step) => {
    if (known.steps.has(step.id)) return;
    const item = h("li", { tabindex: "0" }, h("span", { class: "node" }, step.node), h("span", { dir: "auto" }, step.statement), marked(step), h("span", { class: "odds" }));
    item.cites = step.cites;
    item.node = step.node;
    item.onmouseenter = item.onfocus = () => light(cluesOf(step.cites), new Set([step.id]));
    known.steps.set(step.id, item);
    find(".chain").append(item);
  };

  const added = (data) => {
    data.evidence.forEach((item) => known.cited.set(item.id, item.clues));
    data.verdicts.forEach((item) => known.cited.set(item.id, []));
    data.clues.forEach(addClue);
    arrange(known.boxes);
    data.steps.forEach(addStep);
    stand(data);
    if (case_.status !== "done") {
      find(".state").textContent = `${NODES[data.node] ?? data.node} …`;
      find(".state").className = "state running";
    }
  };

  const cite = (id_) => {
    const number = [...known.steps.values()].findIndex((item) => item.cites.includes(id_));
    if (number < 0) return null;
    const step = [...known.steps.keys()][number];
    const button = h("button", { class: "cite", type: "button", "aria-label": `Step ${number + 1}` }, String(number + 1));
    button.onclick = () => {
      light(cluesOf([id_]), new Set([step]));
      find(".log").open = true;
      known.steps.get(step).scrollIntoView({ block: "center" });
    };
    return button;
  };
  const remarks = () => find(".remarks").replaceChildren(...case_.remarks.map((remark) => {
    const answers = remark.answer.map((sentence) => {
      const cites = [...new Map(sentence.cites.map((c) => [cite(c)?.textContent, cite(c)])).values()].filter(Boolean);
      const doubt = { unsupported: " (nothing recorded supports this)", seen: " (seen by the model; no other witness)" }[sentence.support] ?? "";
      return h("li", { class: remark.status, dir: "auto" }, sentence.statement, doubt, ...cites.slice(0, 4));
    });
    const waits = remark.status === "queued" || remark.status === "running";
    return h("li", {}, h("p", { class: "said", dir: "auto" }, remark.text, h("span", { class: "kind" }, remark.kind)),
      h("ul", {}, ...(waits ? [h("li", {}, "…")] : answers)));
  }));

  let asked = 0;
  const refresh = async () => {
    const turn = ++asked;
    const now = await api(url).catch((error) => void say(error.message));
    if (!now || signal.aborted || turn !== asked) return; // a later answer is on its way, or here already
    case_ = now;
    heading();
    remarks();
  };
  const listen = () => {
    source?.close();
    if (signal.aborted) return;
    source = new EventSource(`${url}/events?after=${last}`);
    const on = (kind, act) => source.addEventListener(kind, (event) => {
      if (event.lastEventId) last = Number(event.lastEventId);
      act(JSON.parse(event.data));
    });
    on("opened", (data) => { if (!find(".photo")) photos(data.photos); });
    on("node", added);
    on("done", (data) => { stand(data); refresh(); });
    on("failed", refresh);
    on("answer", refresh);
    on("idle", () => { source.close(); refresh(); });
    source.onerror = () => say("The connection is lost; trying again …");
    source.onopen = () => say("");
  };

  find(".photos").replaceChildren(h("div", { class: "waiting" }, case_.disclosure === "exact" ? "The photo is shown once it is being read." : "The photo is not disclosed."));
  heading();
  remarks();
  listen();
  talk(find, url, say, () => meant, () => { choose(null); refresh(); listen(); });
  find(".forget").onclick = () => choose(null);
  find(".delete").onclick = async () => {
    if (!confirm("Delete this case, with its photos?")) return;
    source.close();
    try {
      await api(url, { method: "DELETE" });
      if (!signal.aborted) location.hash = "";
    } catch (error) {
      say(error.message);
    }
  };
  signal.addEventListener("abort", () => source?.close());
  addEventListener("resize", () => arrange(known.boxes), { signal });
}

function talk(find, url, say, meant, sent) {
  const form = find(".talk form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const kind = event.submitter?.value || "question";
    try {
      await api(`${url}/${kind}s`, { method: "POST", json: { text: form.elements.text.value, clue: meant()?.id ?? null } });
      form.reset();
      say("");
      sent();
    } catch (error) {
      say(error.message);
    }
  });
}

function list(title, items) {
  return items.length ? [h("h3", {}, title), h("ul", {}, ...items.map((item) => h("li", { dir: "auto" }, item)))] : [];
}

function summary({ prediction, unknown: nothing }) {
  const how = { complete: "", degraded: "The model server failed on the way; this rests on what was found until then. ",
    out_of_budget: "The budget ran out; this is the best answer until then. " }[prediction.status];
  const unknown = nothing || prediction.levels[0]?.stated ? "" : "No country stands out. ";
  const { seconds, steps, model_calls: calls } = prediction.usage;
  return `${how}${unknown}${seconds.toFixed(1)} s, ${steps} turn${steps === 1 ? "" : "s"}${calls ? `, ${calls} model calls` : ""}`;
}

function km(distance) {
  if (distance < 1) return `${Math.round(1000 * distance)} m`;
  return distance < 100 ? `${distance.toFixed(1)} km` : `${Math.round(distance).toLocaleString("en")} km`;
}
