// Several cases at once: a table that can be sorted, and a map of all answers.
import { api, h, notice, percent } from "./basics.js";
import { openMap } from "./map.js";
import { elapsed } from "./stages.js";

const REFRESH_MS = 1500;
const STATES = { queued: "waiting", running: "at work", done: "done", failed: "failed" };
const COLUMNS = [
  ["number", "No."], ["photo", "Photo"], ["where", "Place"], ["probability", "Sure"], ["radius_km", "Within"], ["status", "State"],
];

export async function showBatch(view, ids, signal) {
  const find = (selector) => view.querySelector(selector);
  const url = `/api/cases?ids=${ids.join(",")}`;
  let cases = [], order = { by: "number", down: false }, map = null, drawn = "";

  const isOpen = () => cases.some(({ status }) => status === "queued" || status === "running");
  const show = () => {
    const over = cases.filter(({ status }) => status === "done" || status === "failed").length;
    const began = Math.min(...cases.map(({ created }) => created));
    const failed = cases.filter(({ status }) => status === "failed").length;
    find(".count").textContent = `${cases.length} photos`;
    find(".state").textContent = [isOpen() ? `${over} of ${cases.length} done` : "All are done", failed ? `${failed} without an answer` : "", isOpen() ? elapsed(began) : ""].filter(Boolean).join(" · ");
    find("thead tr").replaceChildren(...COLUMNS.map(heading));
    find("tbody").replaceChildren(...sorted(cases, order).map(row));
    find(".csv").hidden = !cases.some(({ status }) => status === "done");
    const marks = cases.filter(({ point }) => point).map((item) => (
      { kind: "photo", letter: String(item.number), name: item.where, lat: item.point.lat, lon: item.point.lon, told: percent(item.probability) }));
    if (map && JSON.stringify(marks) !== drawn) map.show({ marks });
    drawn = map ? JSON.stringify(marks) : "";
  };
  const heading = ([name, title]) => {
    const button = h("button", { type: "button" }, title);
    button.onclick = () => {
      order = { by: name, down: order.by === name && !order.down };
      show();
      find(`th[aria-sort] button`).focus();
    };
    const cell = h("th", { scope: "col", class: name }, button);
    if (order.by === name) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    return cell;
  };
  const refresh = async () => {
    const now = await api(url);
    if (signal.aborted) return;
    cases = ids.map((id, i) => ({ ...now.find((item) => item.id === id), number: i + 1 })).filter((item) => item.id);
    show();
    if (isOpen()) setTimeout(() => refresh().catch((error) => signal.aborted || notice(error.message)), REFRESH_MS);
  };

  document.title = "Several photos – geoagent";
  find(".csv").onclick = (event) => {
    event.currentTarget.href = URL.createObjectURL(new Blob([csv(cases)], { type: "text/csv" }));
  };
  await refresh();
  map = await openMap(find(".map"));
  if (signal.aborted) return map.remove();
  signal.addEventListener("abort", () => map.remove());
  map.onMark((letter) => find(`[data-number="${letter}"] a`)?.focus());
  show();
}

const valueOf = (item, name) => (name === "photo" ? item.photos.join(", ") : item[name]);

// What has no value stands last, whichever way the rest goes.
function sorted(cases, { by, down }) {
  const empty = (value) => value === null || value === "";
  return [...cases].sort((a, b) => {
    const [one, other] = [valueOf(a, by), valueOf(b, by)];
    if (empty(one) || empty(other)) return empty(one) - empty(other);
    return (down ? -1 : 1) * (typeof one === "number" ? one - other : one.localeCompare(other));
  });
}

function row(item) {
  const isDone = item.status === "done";
  const image = isDone && item.disclosure === "exact" ? h("img", { alt: "", loading: "lazy", src: `/api/cases/${item.id}/photos/1` }) : h("i");
  const place = isDone ? item.where || "Not known" : item.fault === "cancelled" ? "" : item.fault;
  return h("tr", { "data-number": item.number },
    h("td", { class: "number" }, String(item.number)),
    h("th", { scope: "row", class: "photo" }, image, h("a", { href: `#${item.id}`, dir: "auto" }, item.photos.join(", "))),
    h("td", { class: "where", dir: "auto" }, place),
    h("td", { class: "probability" }, item.probability === null ? "" : percent(item.probability)),
    h("td", { class: "radius_km" }, item.radius_km === null ? "" : `${Math.ceil(item.radius_km).toLocaleString("en")} km`),
    h("td", { class: `status ${item.status}` }, item.fault === "cancelled" ? "cancelled" : STATES[item.status]));
}

// A text that begins like a formula is told with an apostrophe before it, since a spreadsheet would compute it.
function csv(cases) {
  const cell = (value) => `"${String(value ?? "").replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
  const number = (value) => value ?? "";
  const rows = cases.map((item) => [cell(item.photos.join(", ")), cell(item.where), number(item.probability),
    number(item.point?.lat), number(item.point?.lon), number(item.radius_km), cell(STATES[item.status])]);
  return [["photo", "place", "probability", "latitude", "longitude", "radius_km_90", "state"], ...rows].map((line) => `${line.join(",")}\n`).join("");
}
