// One case: the photo with its clues and the map, which stay in view, and beside them the answer and its reasons, live.
import { api, h, notice, percent, unbroken } from "./basics.js";
import { arrange, glimpse, makeBox, placed } from "./boxes.js";
import { offerStreets, openMap } from "./map.js";
import { SUPPORT, logged, reasons } from "./reasons.js";
import { doing, elapsed, stages } from "./stages.js";

const ASKED_S = 3;

export async function showCase(view, id, signal) {
  const find = (selector) => view.querySelector(selector);
  const url = `/api/cases/${id}`;
  const known = { clues: new Map(), cited: new Map(), steps: new Map(), boxes: new Map(), reasons: [], read: [] };
  let [case_, service] = await Promise.all([api(url), api("/api/service")]);
  let meant = null, last = 0, source = null, node = "", step = null, waits = "waiting for its turn", map = null, pending = null, drawn = "";
  const say = (text) => signal.aborted || notice(text);
  if (signal.aborted) return;

  const isOpen = () => case_.status === "queued" || case_.status === "running";
  const heading = () => {
    const done = case_.status === "done";
    if (done) find(".sure h2").textContent = "How sure";
    find(".where").textContent = done ? case_.where || "Not known" : case_.photos.join(", ");
    find(".asked").textContent = case_.hint ? ` · ${case_.hint}` : "";
    document.title = `${find(".where").textContent} – geoagent`;
    const prediction = case_.prediction;
    const state = find(".state");
    state.className = `state ${done ? prediction.status : case_.status}`;
    const fault = case_.fault === "cancelled" ? "Cancelled: there is no answer." : capital(case_.fault);
    state.textContent = { queued: "Waiting in the queue", running: "At work", failed: fault }[case_.status] ?? summary(case_);
    find(".exports").hidden = !done;
    find(".talk").hidden = !done || case_.disclosure !== "exact";
    find(".report").href = `${url}/report`;
    for (const link of view.querySelectorAll("[data-form]")) {
      link.href = `${url}/${link.dataset.form}`;
      link.download = `${stem(case_.photos[0])}.${link.dataset.ending ?? link.dataset.form}`;
    }
    state.hidden = isOpen();
    if (case_.fault === "cancelled") state.className = "state";
    find(".without").hidden = case_.status !== "failed" || case_.reasoner !== "model" || case_.fault === "cancelled";
    find(".again").hidden = case_.status !== "failed" || case_.disclosure !== "exact";
    if (case_.status === "failed") find(".sure").hidden = find(".why").hidden = find(".map").hidden = true;
    progress();
    if (done) argue(prediction);
    leadOn();
    if (done) suggest();
    if (done && case_.unknown) nowhere(prediction, case_.unknown);
    else if (done) finished(prediction);
  };

  const progress = () => {
    find(".progress").hidden = !isOpen();
    find(".stages").replaceChildren(...stages(node, case_.status === "queued"));
    find(".elapsed").textContent = elapsed(case_.created);
    doing(find(".doing"), isOpen() ? step ?? { words: case_.status === "queued" ? waits : "at work" } : null, known.read);
  };
  // A case waits for others, or for the solver, which has to make its table of places once.
  const wait = async () => {
    const { status } = await api("/health").catch(() => ({}));
    waits = status === "starting" ? "getting ready; the very first start takes about half a minute" : "waiting for its turn";
  };
  // A step of the work: what is done now, and texts as they are read, before it is known which of them stay.
  const stepped = (data) => {
    if (!isOpen()) return;
    case_ = { ...case_, status: "running" };
    if (data.words) step = data;
    for (const { view, value, box } of data.read) {
      known.read.push(value);
      find(".photos").children[view - 1]?.querySelector(".frame")?.append(glimpse(value, box));
    }
    progress();
  };

  // Nothing that was found tells where: what was tried and what would help stand in place of levels, point and map.
  const nowhere = (prediction, unknown) => {
    find(".levels").replaceChildren();
    draw({});
    find(".sure h2").textContent = "What was tried";
    find(".point .told").textContent = "";
    find(".copy").hidden = true;
    find(".open").replaceChildren(
      ...list("", unknown.tried), ...list("What would help", unknown.would_help), ...list("Notes", prediction.notes));
  };
  const nothing = () => {
    find(".levels").replaceChildren(h("p", { class: "note" }, "Nothing that was found tells where yet."));
    draw({});
  };
  const stand = (data) => {
    if (data.is_unknown) return nothing();
    levels(data.levels);
    draw({ regions: data.regions });
  };
  // The map is there once something is known.
  const draw = (data) => {
    pending = data;
    find(".map").hidden = !map || !(data.regions?.length || data.point);
    find(".legend").replaceChildren(...(data.legend ?? []).map(({ mark, words }) => h("li", {}, h("i", { class: `key key-${mark}` }), words)));
    map?.show(data);
  };

  const finished = (prediction) => {
    levels(prediction.levels);
    const answer = JSON.stringify([prediction.levels, prediction.point, prediction.verdicts]);
    if (answer !== drawn) api(`${url}/map`).then((data) => signal.aborted || draw(data)).catch((error) => say(error.message));
    drawn = answer;
    const [near, far] = [km(prediction.radius_km_50), km(prediction.radius_km_90)];
    const hasCentre = case_.links.some((link) => link.kind === "map") || prediction.levels.some((level) => level.stated);
    const at = `${prediction.point.lat.toFixed(6)}, ${prediction.point.lon.toFixed(6)}`;
    find(".copy").hidden = !navigator.clipboard || !hasCentre;
    find(".copy").textContent = "Copy coordinates";
    find(".copy").onclick = async () => {
      await navigator.clipboard.writeText(at);
      find(".copy").textContent = "Copied";
    };
    find(".point .told").textContent = !hasCentre ? "" : `${capital(case_.meaning)}: ${prediction.point.lat.toFixed(4)}, ${prediction.point.lon.toFixed(4)}. `
      + (near === far ? `90\u00a0% of the belief lies within ${far} of it.` : `Half of the belief lies within ${near} of it, 90\u00a0% within ${far}.`);
    const odds = new Map(prediction.influences.map((item) => [item.evidence, item.odds_ratio]));
    for (const item of known.steps.values()) {
      const ratio = item.node !== "verify" && odds.get(item.cites[0]);
      item.querySelector(".odds").textContent = ratio ? `odds ×${Number(ratio.toPrecision(3))}` : "";
    }
    const others = prediction.alternatives.slice(1).filter((region) => region.probability >= 0.01);
    find(".open").replaceChildren(
      ...list("Instead", others.map((region) => `${region.name} ${percent(region.probability)}`)),
      ...list("Not determined", undetermined(prediction.undetermined)), ...list("Notes", prediction.notes));
  };

  // Why the answer is believed stands first, the heaviest reasons on top; the log of the run is behind it.
  const argue = (prediction) => {
    known.reasons = [];
    find(".lead").hidden = false;
    find(".lead").textContent = unbroken(case_.lead);
    find(".reasons").replaceChildren(...reasons(prediction.argument, (step) => {
      const item = h("li", { tabindex: "0", class: step.kind }, h("span", { dir: "auto" }, step.statement), SUPPORT[step.support] ?? "", ...numbers(step));
      item.cites = step.cites;
      item.onmouseenter = item.onfocus = () => light(cluesOf(step.cites), new Set(), new Set(step.cites), true);
      item.onmouseleave = item.onblur = () => light(new Set(), new Set(), new Set());
      known.reasons.push(item);
      return item;
    }));
    find(".log").open = prediction.argument.length === 0;
  };
  // What the file of a photo holds and was not used, and pages that the person may open; nothing is asked of them here.
  const leadOn = () => {
    find(".held").hidden = !case_.position;
    find(".held .words").textContent = case_.position;
    find(".use").hidden = service.switches.position === undefined;
    const groups = [["Open it in", ["map", "satellite", "street"]], ["Search for the photo yourself at", ["search"]]];
    find(".ways").replaceChildren(...groups.flatMap(([title, kinds]) => {
      const ways = case_.links.filter((link) => kinds.includes(link.kind));
      const opened = ways.flatMap((link, n) => [n ? ", " : " ",
        h("a", { href: link.url, target: "_blank", rel: "noreferrer noopener nofollow" }, link.name)]);
      return ways.length ? [h("p", {}, title, ...opened, ".")] : [];
    }));
  };
  const numbers = (step) => {
    const found = [...new Set([...cluesOf(step.cites)].map((clue) => known.boxes.get(clue)).filter(Boolean))];
    return found.sort((a, b) => a.number - b.number).map((box) => {
      const chip = h("button", { class: "chip", type: "button", "aria-label": `Clue ${box.number}` }, String(box.number));
      chip.onclick = () => box.focus();
      return chip;
    });
  };

  const levels = (found) => find(".levels").replaceChildren(...found.map((level) => {
    const bar = h("i");
    bar.style.width = `${100 * level.probability}%`;
    return h("div", { class: `level${level.stated ? "" : " unstated"}` },
      h("span", { class: "kind" }, level.level), h("span", { class: "name", dir: "auto" }, level.name),
      h("span", { class: "share" }, percent(level.probability)), h("div", { class: "bar" }, bar));
  }));

  const photos = (sizes) => {
    find(".photos").classList.toggle("many", sizes.length > 1);
    if (sizes.length > 1) find(".photos").tabIndex = 0;
    find(".photos").replaceChildren(...sizes.map((size, index) => {
      const image = h("img", {
        src: `${url}/photos/${index + 1}`, width: size.width, height: size.height, alt: `Photo ${index + 1}: ${size.name}`,
      });
      const frame = h("div", { class: "frame" }, image);
      frame.style.setProperty("--ratio", size.width / size.height);
      const caption = h("figcaption", {}, h("span", { dir: "auto" }, sizes.length > 1 ? `Photo ${index + 1}: ${size.name}` : size.name));
      const figure = h("figure", { class: "photo" }, frame, caption);
      caption.append(enlarger(figure, image, () => arrange(known.boxes)));
      return figure;
    }));
  };

  // What is pointed at lights up what belongs to it; a sentence lights up no other sentence.
  const light = (clues, steps, evidence, isReason = false) => {
    for (const box of known.boxes.values()) box.classList.remove("lit");
    for (const [clue, box] of known.boxes) if (clues.has(clue)) box.classList.add("lit");
    for (const [step, item] of known.steps) item.classList.toggle("lit", steps.has(step));
    for (const item of known.reasons) item.classList.toggle("lit", !isReason && item.cites.some((cite) => evidence.has(cite)));
    map?.light(evidence);
    const first = find(".box.lit");
    if (first && known.boxes.size && !first.matches(":hover, :focus")) show(first.closest(".photo"));
  };
  const show = (figure) => { find(".photos").scrollTop = figure.offsetTop - find(".photos").offsetTop; };
  const cluesOf = (cites) => new Set(cites.flatMap((cite) => [cite, ...(known.cited.get(cite) ?? [])]));
  const choose = (clue) => {
    meant = clue;
    find(".about").hidden = !clue;
    find(".meant").textContent = clue?.value ?? "";
  };

  const addClue = (clue) => {
    if (known.clues.has(clue.id)) return;
    known.clues.set(clue.id, clue);
    const { photo, box: place } = placed(clue), frame = find(".photos").children[photo]?.querySelector(".frame");
    if (!frame || !place) return;
    const box = makeBox(frame, clue, place, known.boxes);
    const evidence = () => new Set([...known.cited].filter(([, clues]) => clues.includes(clue.id)).map(([id_]) => id_));
    const lit = () => light(new Set([clue.id]), new Set(stepsOf(clue.id)), new Set([clue.id, ...evidence()]));
    box.onmouseenter = box.onfocus = lit;
    box.onclick = () => { lit(); choose(clue); };
    known.boxes.set(clue.id, box);
  };
  const stepsOf = (clue) => [...known.steps.keys()].filter((id_) => cluesOf(known.steps.get(id_).cites).has(clue));

  const addStep = (step) => {
    if (known.steps.has(step.id)) return;
    const item = logged(step);
    item.cites = step.cites;
    item.node = step.node;
    item.onmouseenter = item.onfocus = () => light(cluesOf(step.cites), new Set([step.id]), new Set(step.cites));
    known.steps.set(step.id, item);
    find(".chain").append(item);
  };

  const added = (data) => {
    data.evidence.forEach((item) => known.cited.set(item.id, item.clues));
    data.verdicts.forEach((item) => known.cited.set(item.id, []));
    data.clues.forEach(addClue);
    arrange(known.boxes);
    data.steps.forEach(addStep);
    node = data.node;
    step = null;
    for (const passing of view.querySelectorAll(".glimpse")) passing.remove();
    if (isOpen()) {
      stand(data);
      case_ = { ...case_, status: "running" };
      find(".log").open = true;
      progress();
    }
  };

  const cite = (id_) => {
    const number = [...known.steps.values()].findIndex((item) => item.cites.includes(id_));
    if (number < 0) return null;
    const step = [...known.steps.keys()][number];
    const button = h("button", { class: "cite", type: "button", "aria-label": `Step ${number + 1}` }, String(number + 1));
    button.onclick = () => {
      light(cluesOf([id_]), new Set([step]), new Set([id_]));
      find(".log").open = true;
      known.steps.get(step).scrollIntoView({ block: "center" });
    };
    return button;
  };
  // The corrections that count now; each can be taken back.
  const corrections = () => {
    const counts = new Map();
    for (const { id: number, kind, text, status } of case_.remarks) {
      if (kind === "correction" && status === "done") counts.set(text, number);
      if (kind === "take_back" && status !== "failed") counts.delete(text);
    }
    find(".corrected").hidden = !counts.size;
    find(".corrected .words").replaceChildren(...[...counts].map(([text, number]) => {
      const word = h("button", { type: "button", class: "word", dir: "auto", "aria-label": `Take back: ${text}`, title: "Take back" }, text, h("b", { "aria-hidden": "true" }, "×"));
      word.onclick = () => {
        word.disabled = true;
        api(`${url}/corrections/${number}`, { method: "DELETE" }).then(() => { refresh(); listen(); }).catch((error) => say(error.message));
      };
      return word;
    }));
  };
  const suggest = () => {
    find(".suggested").replaceChildren(...case_.suggested.map((question) => {
      const ask = h("button", { type: "button", class: "word" }, question);
      ask.onclick = () => send("question", question);
      return ask;
    }));
  };
  const send = async (kind, text) => {
    try {
      await api(`${url}/${kind}s`, { method: "POST", json: { text, clue: meant?.id ?? null } });
      find(".talk form").reset();
      say("");
      choose(null);
      refresh();
      listen();
    } catch (error) {
      say(error.message);
    }
  };
  const KINDS = { take_back: "taken back" };
  const remarks = () => find(".remarks").replaceChildren(...case_.remarks.map((remark) => {
    const answers = remark.answer.map((sentence) => {
      const cites = [...new Map(sentence.cites.map((c) => [cite(c)?.textContent, cite(c)])).values()].filter(Boolean);
      return h("li", { class: remark.status, dir: "auto" }, sentence.statement, SUPPORT[sentence.support] ?? "", ...cites.slice(0, 4));
    });
    const waits = remark.status === "queued" || remark.status === "running";
    return h("li", {}, h("p", { class: "said", dir: "auto" }, remark.text, h("span", { class: "kind" }, KINDS[remark.kind] ?? remark.kind)),
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
    corrections();
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
    on("step", stepped);
    on("node", added);
    on("done", refresh);
    on("failed", refresh);
    on("answer", refresh);
    on("idle", () => { source.close(); refresh(); });
    let isLost = false;
    source.onerror = () => {
      isLost = true;
      say("The connection is lost; trying again …");
    };
    source.onopen = () => {
      if (isLost) say("");
      isLost = false;
    };
  };

  find(".photos").replaceChildren(h("div", { class: "waiting" }, waiting(case_)));
  heading();
  remarks();
  corrections();
  listen();
  openMap(find(".map")).then((opened) => {
    if (signal.aborted) return opened.remove();
    map = opened;
    map.onLight((evidence) => light(cluesOf([...evidence]), new Set(), evidence));
    offerStreets(find(".map"), map, service);
    draw(pending ?? {});
    signal.addEventListener("abort", () => opened.remove());
  }).catch(() => say("The map could not be loaded; reload the page to try again."));
  find(".talk form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.submitter?.value || "question", event.target.elements.text.value);
  });
  find(".forget").onclick = () => choose(null);
  const solveAgain = (changes) => api(`${url}/again`, { method: "POST", json: changes }).then(({ id: made }) => { location.hash = made; }).catch((error) => say(error.message));
  find(".again").onclick = () => solveAgain({});
  find(".without").onclick = () => solveAgain({ reasoner: "rules" });
  find(".use").onclick = () => solveAgain({ position: true });
  find(".cancel").onclick = () => api(`${url}/cancel`, { method: "POST" }).then(refresh).catch((error) => say(error.message));
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
  const save = find(".save");
  document.addEventListener("click", ({ target }) => { if (!save.contains(target)) save.open = false; }, { signal });
  save.addEventListener("keydown", ({ key }) => { if (key === "Escape") save.open = false; });
  let seconds = 0;
  const clock = setInterval(() => {
    if (case_.status === "queued" && seconds++ % ASKED_S === 0) wait();
    if (isOpen()) progress();
  }, 1000);
  signal.addEventListener("abort", () => { clearInterval(clock); source?.close(); });
  addEventListener("resize", () => arrange(known.boxes), { signal });
}

function waiting({ disclosure, status }) {
  if (disclosure !== "exact") return "The photo is not disclosed.";
  return status === "failed" ? "The photo was not opened." : "The photo is shown once it is being read.";
}

// A button that shows a photo as large as the window; a click on the photo then shows it in full size.
function enlarger(figure, image, changed) {
  const button = h("button", { type: "button", class: "zoom", "aria-pressed": "false" }, "Enlarge");
  const set = (large) => {
    figure.classList.toggle("large", large);
    figure.classList.remove("full");
    button.textContent = large ? "Smaller" : "Enlarge";
    button.setAttribute("aria-pressed", large);
    changed();
  };
  button.onclick = () => set(!figure.classList.contains("large"));
  image.onclick = () => {
    if (figure.classList.contains("large")) figure.classList.toggle("full");
    changed();
  };
  figure.addEventListener("keydown", (event) => { if (event.key === "Escape") set(false); });
  return button;
}

const capital = (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
const stem = (name) => name.replace(/\.[^.]*$/, "") || "place";

function list(title, items) {
  return items.length ? [...(title ? [h("h3", {}, title)] : []), h("ul", {}, ...items.map((item) => h("li", { dir: "auto" }, item)))] : [];
}

// The levels that are open, by why they are.
function undetermined(items) {
  const why = new Map();
  for (const { level, reason } of items) why.set(reason, [...(why.get(reason) ?? []), level === "point" ? "exact point" : level]);
  return [...why].map(([reason, levels]) => `${levels.join(" and ")}: ${reason}`);
}

function summary({ prediction }) {
  const how = { complete: "", degraded: "The model server failed on the way; this rests on what was found until then. ",
    out_of_budget: "The budget ran out; this is the best answer until then. " }[prediction.status];
  const { seconds, model_calls: calls } = prediction.usage;
  return `${how}Took ${seconds.toFixed(1)} s${calls ? `, ${calls} question${calls > 1 ? "s" : ""} to the model` : ""}.`;
}

function km(distance) {
  if (distance < 1) return `${Math.round(1000 * distance)} m`;
  return distance < 100 ? `${distance.toFixed(1)} km` : `${Math.round(distance).toLocaleString("en")} km`;
}
