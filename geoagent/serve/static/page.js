// The page: the form for a new case, the list of cases, and which of the two is shown.
import { api, h, notice, percent, template } from "./basics.js";
import { showCase } from "./case.js";

const main = document.getElementById("main");
let left = new AbortController();

// Each route is shown in a place of its own, with a signal that aborts once it is left: what comes late touches nothing.
async function route() {
  left.abort();
  left = new AbortController();
  const { signal } = left;
  const view = h("div");
  main.replaceChildren(view);
  notice("");
  const { open } = await api("/api/session").catch(() => ({ open: true }));
  if (signal.aborted) return;
  if (!open) return showLogin(view);
  const id = /^#([0-9a-f]{16})$/.exec(location.hash)?.[1];
  view.replaceChildren(template(id ? "case" : "home"));
  try {
    await (id ? showCase(view, id, signal) : showHome(view, signal));
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 401) showLogin(view);
    else notice(error.message);
  }
}

function showLogin(view) {
  view.replaceChildren(template("login"));
  view.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = new FormData(event.target).get("token");
    try {
      await api("/api/session", { method: "POST", json: { token } });
      route();
    } catch (error) {
      notice(error.message);
    }
  });
}

async function showHome(view, signal) {
  document.title = "geoagent";
  const asked = api("/api/service");
  const form = view.querySelector("form");
  const drop = form.querySelector("#drop");
  const button = form.querySelector("button.main");
  form.querySelector(".reasoner").hidden = true;
  let chosen = [];

  const redraw = () => {
    button.disabled = !chosen.length;
    form.querySelector(".chosen").replaceChildren(...chosen.map((file) => {
      const image = h("img", { alt: "", src: URL.createObjectURL(file) });
      image.onload = () => URL.revokeObjectURL(image.src);
      image.onerror = () => image.replaceWith(h("div", { class: "blank" }));
      const remove = h("button", { type: "button", "aria-label": `Leave out ${file.name}` }, "×");
      remove.onclick = () => { chosen = chosen.filter((other) => other !== file); redraw(); };
      return h("li", {}, image, h("span", { dir: "auto", title: file.name }, file.name), remove);
    }));
  };
  const add = (files) => {
    chosen = [...chosen, ...files];
    redraw();
  };
  drop.querySelector("input").addEventListener("change", (event) => {
    add(event.target.files);
    event.target.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") add(event.dataTransfer.files);
    });
  }
  let key = newKey();
  form.addEventListener("input", () => { key = newKey(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    notice("");
    const service = await asked;
    const body = new FormData();
    chosen.forEach((file) => body.append("photos", file));
    body.append("hint", form.elements.hint.value);
    body.append("reasoner", service.reasoners.length < 2 ? "rules" : form.elements.reasoner.value);
    try {
      const made = await api("/api/cases", { method: "POST", body, headers: { "Idempotency-Key": key } });
      if (!signal.aborted) location.hash = made.id;
    } catch (error) {
      if (!signal.aborted) notice(error.message);
      button.disabled = false;
    }
  });
  form.querySelector(".reasoner").hidden = (await asked).reasoners.length < 2;
  await listCases(view);
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
  else image.replaceChildren();
  const share = item.probability === null ? "" : percent(item.probability);
  const when = new Date(1000 * item.created).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const told = [STATES[item.status], item.fault, item.where ? item.photos.join(", ") : "", item.hint, when];
  return h("li", {},
    image.src ? image : h("div", { class: "thumb" }),
    h("div", {}, h("a", { href: `#${item.id}`, dir: "auto" }, name), h("p", { dir: "auto" }, told.filter(Boolean).join(" · "))),
    h("span", { class: "share" }, share));
}

addEventListener("hashchange", route);
route();
