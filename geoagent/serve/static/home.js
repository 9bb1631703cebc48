// The form for a new case, and the list of cases.
import { api, h, notice, percent } from "./basics.js";

export async function showHome(view, signal) {
  document.title = "geoagent";
  const form = view.querySelector("form");
  const photos = choosing(form, signal);
  let key = newKey();
  form.addEventListener("input", () => { key = newKey(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const each = event.submitter?.value === "each" && photos.chosen.length > 1;
    photos.wait(true);
    notice("");
    try {
      const service = await asked;
      const groups = each ? photos.chosen.map((photo) => [photo]) : [photos.chosen];
      const made = [];
      for (const [number, group] of groups.entries()) made.push(await send(form, group, service, `${key}-${number}`));
      if (!signal.aborted) each ? accepted(view, form, photos) : (location.hash = made[0].id);
      key = newKey();
    } catch (error) {
      if (!signal.aborted) notice(error.message);
    }
    photos.wait(false);
  });
  const asked = api("/api/service");
  offer(form, await asked);
  await listCases(view);
}

// The photos that are chosen, dropped or pasted. Of several it is asked whether they show one place.
function choosing(form, signal) {
  const drop = form.querySelector("#drop");
  const [one, each] = [form.querySelector(".one"), form.querySelector(".each")];
  const photos = { chosen: [], wait: (waits) => { one.disabled = each.disabled = waits || !photos.chosen.length; }, clear: () => set([]) };
  const set = (files) => {
    photos.chosen = files;
    const several = files.length > 1;
    photos.wait(false);
    each.hidden = form.querySelector(".ask-several").hidden = !several;
    one.textContent = several ? "One place: one answer" : "Find the place";
    form.querySelector(".chosen").replaceChildren(...files.map((file) => thumbnail(file, () => set(photos.chosen.filter((other) => other !== file)))));
  };
  const add = (files) => {
    if (!files.length) return;
    set([...photos.chosen, ...files]);
    form.dispatchEvent(new Event("input"));
  };
  drop.querySelector("input").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") add([...event.dataTransfer.files]);
    });
  }
  addEventListener("paste", (event) => add([...event.clipboardData.files].filter((file) => file.type.startsWith("image/"))), { signal });
  return photos;
}

function thumbnail(file, leaveOut) {
  const image = h("img", { alt: "", src: URL.createObjectURL(file) });
  image.onload = () => URL.revokeObjectURL(image.src);
  image.onerror = () => image.replaceWith(h("div", { class: "blank" }));
  const remove = h("button", { type: "button", "aria-label": `Leave out ${file.name}` }, "×");
  remove.onclick = leaveOut;
  return h("li", {}, image, h("span", { dir: "auto", title: file.name }, file.name), remove);
}

// What this service leaves open: who looks, and what a case may use.
function offer(form, service) {
  form.querySelector(".reasoner").hidden = service.reasoners.length < 2;
  form.querySelector(".switches").hidden = !Object.keys(service.switches).length;
  for (const label of form.querySelectorAll("[data-switch]")) {
    const stands = service.switches[label.dataset.switch];
    label.hidden = stands === undefined;
    label.querySelector("input").checked = Boolean(stands);
  }
}

function send(form, group, service, key) {
  const body = new FormData();
  group.forEach((file) => body.append("photos", file));
  body.append("hint", form.elements.hint.value);
  body.append("reasoner", service.reasoners.length < 2 ? "rules" : form.elements.reasoner.value);
  for (const name of Object.keys(service.switches)) body.append(name, form.elements[name].checked);
  return api("/api/cases", { method: "POST", body, headers: { "Idempotency-Key": key } });
}

// Several cases were taken in: they stand in the list.
function accepted(view, form, photos) {
  photos.clear();
  form.elements.hint.value = "";
  view.querySelector(".cases").replaceChildren();
  listCases(view);
  view.querySelector("#cases-title").scrollIntoView({ block: "start" });
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function listCases(view, before) {
  const list = view.querySelector(".cases");
  const more = view.querySelector(".more");
  const cases = await api(`/api/cases?limit=20${before ? `&before=${before}` : ""}`);
  list.append(...cases.map(row));
  view.querySelector(".empty").hidden = list.children.length > 0;
  more.hidden = cases.length < 20;
  more.onclick = () => listCases(view, cases.at(-1).created);
}

const STATES = { queued: "waiting", running: "at work", failed: "failed" };

function row(item) {
  const name = item.where || (item.status === "done" ? "Not known" : item.photos.join(", "));
  const image = h("img", { class: "thumb", alt: "", loading: "lazy" });
  if (item.status === "done" && item.disclosure === "exact") image.src = `/api/cases/${item.id}/photos/1`;
  const share = item.probability === null ? "" : percent(item.probability);
  const when = new Date(1000 * item.created).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const state = item.fault === "cancelled" ? "" : STATES[item.status];
  const told = [state, item.fault, item.where || item.status === "done" ? item.photos.join(", ") : "", item.hint, when];
  return h("li", {},
    image.src ? image : h("div", { class: "thumb" }),
    h("div", {}, h("a", { href: `#${item.id}`, dir: "auto" }, name), h("p", { dir: "auto" }, told.filter(Boolean).join(" · "))),
    h("span", { class: "share" }, share));
}
