// The form for a new case, and the list of cases.
import { api, h, notice, noticeNext, percent } from "./basics.js";

const SHOWN = 24;

export async function showHome(view, signal) {
  document.title = "geoagent";
  const form = view.querySelector("form");
  const asked = api("/api/service");
  const photos = choosing(form, asked, signal);
  let key = newKey();
  form.addEventListener("input", () => { key = newKey(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const each = event.submitter?.value === "each" && photos.chosen.length > 1;
    photos.wait(true);
    notice("");
    const sent = await sendAll(form, each ? photos.chosen.map((photo) => [photo]) : [photos.chosen], asked, key, photos.sending);
    photos.wait(false);
    if (signal.aborted) return;
    const faults = sent.filter(({ fault }) => fault).map(({ fault }) => fault);
    const made = [...new Set(sent.filter(({ id }) => id).map(({ id }) => id))];
    if (!made.length) return notice(faults[0]);
    if (faults.length) noticeNext(`${faults.length} of ${sent.length} photos were not taken: ${faults.slice(0, 3).join("; ")}`);
    location.hash = made.join(",");
  });
  offer(form, await asked);
  await listCases(view);
}

// Each group of photos makes a case; what is refused costs its own case alone. Sent again, the same photos are the same cases.
async function sendAll(form, groups, asked, key, sending) {
  const sent = [];
  for (const [number, group] of groups.entries()) {
    sending(number + 1, groups.length);
    try {
      sent.push(await send(form, group, await asked, `${key}-${number}`));
    } catch (error) {
      sent.push({ fault: error.message });
    }
  }
  return sent;
}

// The photos that are chosen, dropped or pasted. Of several it is asked whether they show one place.
function choosing(form, asked, signal) {
  const drop = form.querySelector("#drop");
  const [one, each] = [form.querySelector(".one"), form.querySelector(".each")];
  let most = Infinity;
  asked.then((service) => { most = service.max_photos; }, () => {});
  const set = (files) => {
    photos.chosen = files;
    photos.wait(false);
    form.querySelector(".chosen").replaceChildren(...files.slice(0, SHOWN).map((file) => thumbnail(file, () => set(photos.chosen.filter((other) => other !== file)))),
      ...(files.length > SHOWN ? [h("li", { class: "rest" }, `and ${files.length - SHOWN} more`)] : []));
  };
  const add = (files) => {
    if (!files.length) return;
    set([...photos.chosen, ...files]);
    form.dispatchEvent(new Event("input"));
  };
  const photos = {
    chosen: [],
    wait(waits) {
      const several = photos.chosen.length > 1;
      each.hidden = form.querySelector(".ask-several").hidden = !several;
      one.hidden = photos.chosen.length > most;
      one.textContent = several ? "One place: one answer" : "Find the place";
      each.textContent = "Separate: an answer for each";
      one.disabled = each.disabled = waits || !photos.chosen.length;
    },
    sending(number, count) {
      if (count > 1) each.textContent = `Sending ${number} of ${count} …`;
    },
  };
  drop.querySelector("input").addEventListener("change", (event) => {
    add([...event.target.files]);
    event.target.value = "";
  });
  form.querySelector(".folder input").addEventListener("change", (event) => {
    add([...event.target.files].filter(isPhoto));
    event.target.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, async (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop") add(await dropped(event.dataTransfer));
    });
  }
  addEventListener("paste", (event) => add([...event.clipboardData.files].filter((file) => file.type.startsWith("image/"))), { signal });
  return photos;
}

// What a browser may not know the type of is known by the end of its name.
const isPhoto = (file) => file.type.startsWith("image/") || /\.(jpe?g|png|webp|avif|hei[cf]|tiff?|gif|bmp)$/i.test(file.name);

// The files that were dropped, and the photos of folders among them.
async function dropped(data) {
  const files = [...data.files], entries = [...data.items].map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  const found = await Promise.all(entries.filter(Boolean).map(filesOf));
  return found.flat().filter(isPhoto).sort((a, b) => a.name.localeCompare(b.name));
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader(), found = [];
  for (;;) {  // a folder is read in parts, until one is empty
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!part.length) return found;
    for (const inner of part) found.push(...await filesOf(inner));
  }
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

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function listCases(view, before) {
  const list = view.querySelector(".cases");
  const more = view.querySelector(".more");
  const cases = await api(`/api/cases?limit=20${before ? `&before=${before}` : ""}`);
  list.append(...cases.map(row));
  view.querySelector(".empty").hidden = list.children.length > 0;
  const ids = [...list.querySelectorAll("a")].map((link) => link.getAttribute("href").slice(1));
  const together = view.querySelector(".together");
  together.hidden = ids.length < 2;
  together.href = `#${ids.join(",")}`;
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
