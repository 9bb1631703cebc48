// The belief on the map of the world, in the projection of the outlines (see geoagent/report/map.py).
import { api, svg } from "./basics.js";

const A = [1.340264, -0.081106, 0.000893, 0.003796];
const CELL_DEG = 2;

function project(world, lat, lon) {
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin((lat * Math.PI) / 180));
  const slope = 9 * A[3] * t ** 8 + 7 * A[2] * t ** 6 + 3 * A[1] * t ** 2 + A[0];
  const x = (2 * Math.sqrt(3) * ((lon * Math.PI) / 180) * Math.cos(t)) / (3 * slope);
  const y = A[3] * t ** 9 + A[2] * t ** 7 + A[1] * t ** 3 + A[0] * t;
  return [(x + world.right) * world.scale, (world.top - y) * world.scale];
}

export async function drawMap(figure) {
  const world = await api("/api/world");
  const picture = figure.querySelector("svg");
  picture.setAttribute("viewBox", `0 0 ${world.width} ${world.height}`);
  const cells = svg("g");
  const pin = svg("g");
  picture.replaceChildren(svg("path", { class: "land", d: world.countries }), cells, pin);
  figure.hidden = false;
  const whole = [0, 0, world.width, world.height];
  let shown = whole;
  const show = (box) => {
    shown = box;
    picture.setAttribute("viewBox", box.map((v) => v.toFixed(1)).join(" "));
    pin.querySelector("circle")?.setAttribute("r", shown[2] / 100);
  };
  return {
    belief(found) {
      const most = Math.max(...found.map(([, , mass]) => mass), 1e-9);
      const corners = found.map(([south, west]) => [[0, 0], [0, 1], [1, 1], [1, 0]].map(([up, right]) =>
        project(world, south + up * CELL_DEG, west + right * CELL_DEG)));
      cells.replaceChildren(...found.map(([, , mass], i) => {
        const line = corners[i].map((corner) => corner.map((v) => v.toFixed(1)).join(" ")).join("L");
        return svg("path", { class: "cell", d: `M${line}z`, "fill-opacity": Math.sqrt(mass / most).toFixed(3) });
      }));
      show(around(found, corners, world));
    },
    point(at) {
      if (!at) return pin.replaceChildren();
      const [cx, cy] = project(world, at.lat, at.lon);
      pin.replaceChildren(svg("circle", { class: "pin", cx, cy, r: shown[2] / 100 }));
    },
  };
}

// The part of the world that holds nearly all of the belief, in the proportions of the whole, never less than an eighth.
function around(found, corners, world) {
  let mass = 0;
  const held = corners.filter((_, i) => (mass += found[i][2]) - found[i][2] < 0.8).flat();
  if (mass < 0.8 || !held.length) return [0, 0, world.width, world.height];
  const [xs, ys] = [held.map(([x]) => x), held.map(([, y]) => y)];
  const [left, right, upper, lower] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const share = Math.min(1, Math.max(0.125, 2 * Math.max((right - left) / world.width, (lower - upper) / world.height)));
  const [width, height] = [share * world.width, share * world.height];
  const within = (middle, size, most) => Math.min(Math.max(0, middle - size / 2), most - size);
  return [within((left + right) / 2, width, world.width), within((upper + lower) / 2, height, world.height), width, height];
}
