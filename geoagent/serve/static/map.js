// The map that reports have too (report/templates/map.js, on Leaflet), loaded once a case needs it.
import { api } from "./basics.js";

const SHARED = "/static/shared/";
let loaded = null, borders = null;

function load() {
  const style = (name) => new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: SHARED + name, onload: done, onerror: failed });
    document.head.append(link);
  });
  const script = (name) => new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement("script"), { src: SHARED + name, onload: done, onerror: failed }));
  });
  const drawn = script("leaflet.js").then(() => script("map.js"));
  return Promise.all([api(`${SHARED}world_map.json`), drawn, style("leaflet.css"), style("map.css")]).then(([world]) => world);
}

// A map in a figure; it is shown at once, and empty.
export async function openMap(figure) {
  loaded ??= load();
  const world = await loaded;
  figure.hidden = false;
  const map = globalThis.answerMap(figure.querySelector(".map-frame"), world);
  borders ??= api(`${SHARED}division_borders.json`);
  borders.then((lines) => map.divisions(lines), () => { borders = null; }); // without them the map is whole
  return map;
}

// Streets are fetched from a server of tiles once somebody clicks for them, where the settings name one.
export function offerStreets(figure, map, { tiles, tiles_credit: credit }) {
  if (!tiles) return;
  const offer = figure.querySelector(".streets");
  const button = offer.querySelector("button");
  let remove = null;
  offer.querySelector(".server").textContent = new URL(tiles.replaceAll(/[{}]/g, "")).host;
  button.onclick = () => {
    if (remove) remove = void remove();
    else remove = map.streets(tiles, credit);
    button.textContent = remove ? "Hide streets" : "Show streets";
    button.setAttribute("aria-pressed", Boolean(remove));
  };
  offer.hidden = false;
}
