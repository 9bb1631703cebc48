"use strict";
// The one map of page and report, on Leaflet: the belief as outlines, the places behind it, and names as there is room.
// `answerMap(place, world)` draws into an element; nothing is fetched, and no text is ever taken as markup.
globalThis.answerMap = (() => {
  const TILE = 256, TURN = 360, MOST_LABELS = 40, PIN = 22, TAIL = 6, REST_MS = 600, DIVISIONS_FROM = 4;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Numbers in base 128, the lowest bit of each being its sign: rings as longitudes and latitudes in degrees.
  function unpack(text, steps) {
    const bytes = atob(text), rings = [];
    let at = 0;
    const next = () => {
      let number = 0, factor = 1, byte;
      do {
        byte = bytes.charCodeAt(at++);
        number += (byte & 127) * factor;
        factor *= 128;
      } while (byte > 127);
      return number;
    };
    const signed = () => {
      const number = next();
      return number % 2 ? -(number + 1) / 2 : number / 2;
    };
    while (at < bytes.length) {
      const ring = new Float64Array(2 * next());
      for (let i = 0, x = 0, y = 0; i < ring.length; i += 2) {
        x += signed();
        y += signed();
        ring[i] = x / steps;
        ring[i + 1] = y / steps;
      }
      rings.push(ring);
    }
    return rings;
  }

  // Mercator, the whole world being a square of side 1.
  function project(ring) {
    const flat = new Float64Array(ring.length), box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < ring.length; i += 2) {
      const lat = (Math.max(-85.06, Math.min(85.06, ring[i + 1])) * Math.PI) / 180;
      const x = flat[i] = (ring[i] + 180) / TURN;
      const y = flat[i + 1] = (1 - Math.asinh(Math.tan(lat)) / Math.PI) / 2;
      box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
    }
    return { flat, box };
  }

  const countriesOf = (texts, steps) => texts.map((text) => unpack(text, steps).map(project));

  // The part of a country that a tile shows; points that would fall on one pixel are left out, and no edge is drawn along
  // the 180th meridian, where outlines are cut.
  function trace(country, tile, paths) {
    for (const { flat, box } of country) {
      if (box[2] < tile.x || box[0] > tile.x + tile.side || box[3] < tile.y || box[1] > tile.y + tile.side) continue;
      let px = NaN, py = NaN, cut = true, first = true;
      for (let i = 0; i < flat.length; i += 2) {
        const x = (flat[i] - tile.x) * tile.scale, y = (flat[i + 1] - tile.y) * tile.scale;
        if (Math.abs(x - px) + Math.abs(y - py) < 0.7 && i < flat.length - 2) continue;
        const atEdge = flat[i] === 0 || flat[i] === 1;
        if (first) paths.fill.moveTo(x, y); else paths.fill.lineTo(x, y);
        if (cut && atEdge || first) paths.edge.moveTo(x, y); else paths.edge.lineTo(x, y);
        first = false;
        cut = atEdge;
        px = x; py = y;
      }
      paths.fill.closePath();
    }
  }

  // The part of some lines that a tile shows.
  function follow(lines, tile) {
    const path = new Path2D();
    for (const { flat, box } of lines) {
      if (box[2] < tile.x || box[0] > tile.x + tile.side || box[3] < tile.y || box[1] > tile.y + tile.side) continue;
      let px = NaN, py = NaN;
      for (let i = 0; i < flat.length; i += 2) {
        const x = (flat[i] - tile.x) * tile.scale, y = (flat[i + 1] - tile.y) * tile.scale;
        if (Math.abs(x - px) + Math.abs(y - py) < 0.7 && i < flat.length - 2) continue;
        if (i) path.lineTo(x, y); else path.moveTo(x, y);
        px = x; py = y;
      }
    }
    return path;
  }

  const Land = L.GridLayer.extend({
    initialize(world, colours) {
      L.GridLayer.prototype.initialize.call(this, { minZoom: 0, maxZoom: 18, attribution: "Natural Earth, GeoNames" });
      Object.assign(this, { world, colours, detail: null, divisions: [] });
    },
    createTile(coords, done) {
      const canvas = document.createElement("canvas"), sharp = Math.min(devicePixelRatio || 1, 2);
      canvas.width = canvas.height = TILE * sharp;
      setTimeout(() => {  // each tile in a task of its own, so that the page never stands still
        this.draw(canvas.getContext("2d"), coords, sharp);
        done(null, canvas);
      });
      return canvas;
    },
    draw(context, { x, y, z }, sharp) {
      const side = 2 ** -z;
      const tile = { x: x * side, y: y * side, side, scale: TILE / side };
      context.scale(sharp, sharp);
      this.fill(context, this.world, tile);
      if (this.detail && z >= 5) this.drawDetail(context, tile);
      if (z < DIVISIONS_FROM) return;
      context.strokeStyle = this.colours().division;
      context.stroke(follow(this.divisions, tile));
    },
    drawDetail(context, tile) {
      const { side } = tile;
      for (const turn of [-1, 0, 1]) {
        const moved = { ...tile, x: tile.x + turn }, [x0, y0, x1, y1] = this.detail.box;
        if (x1 < moved.x || x0 > moved.x + side || y1 < moved.y || y0 > moved.y + side) continue;
        context.save();
        context.beginPath();
        const [left, top] = [Math.ceil((x0 - moved.x) * moved.scale) + 1, Math.ceil((y0 - moved.y) * moved.scale) + 1];
        const [right, bottom] = [Math.floor((x1 - moved.x) * moved.scale) - 1, Math.floor((y1 - moved.y) * moved.scale) - 1];
        context.rect(left, top, right - left, bottom - top);
        context.clip();
        context.clearRect(0, 0, TILE, TILE);
        this.fill(context, this.detail.countries, moved);
        context.restore();
      }
    },
    fill(context, countries, tile) {
      const { land, border } = this.colours();
      context.fillStyle = land;
      context.strokeStyle = border;
      context.lineWidth = 1;
      context.lineJoin = "round";
      for (const country of countries) {
        const paths = { fill: new Path2D(), edge: new Path2D() };
        trace(country, tile, paths);
        context.fill(paths.fill, "evenodd");
        context.stroke(paths.edge);
      }
    },
  });

  function element(tag, name, ...texts) {
    const made = document.createElement(tag);
    made.className = name;
    made.append(...texts);
    return made;
  }

  function icon(content, name, at) {
    return L.divIcon({ html: content, className: name, iconSize: null, iconAnchor: at });
  }

  function button(text, label, act) {
    const made = element("button", "", text);
    made.type = "button";
    made.setAttribute("aria-label", label);
    made.title = label;
    made.onclick = act;
    return made;
  }

  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  return function answerMap(place, world) {
    const style = (name) => getComputedStyle(place).getPropertyValue(name).trim();
    const moves = !still.matches;
    const map = L.map(place, {
      zoomControl: false, attributionControl: false, worldCopyJump: true, scrollWheelZoom: false, maxZoom: 18,
      minZoom: Math.max(0, Math.floor(Math.log2(place.clientWidth / TILE) + 0.1)), zoomAnimation: moves, fadeAnimation: moves,
      markerZoomAnimation: moves, inertia: moves, maxBounds: [[-85, -1e6], [85, 1e6]], maxBoundsViscosity: 1,
    }).setView([25, 10], 1);
    L.control.attribution({ prefix: false }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    const land = new Land(countriesOf(world.countries.map((country) => country.rings), world.steps_per_deg),
      () => ({ land: style("--map-land"), border: style("--map-border"), division: style("--map-division") })).addTo(map);
    const redraw = () => land.redraw();
    dark.addEventListener("change", redraw);
    place.addEventListener("focusin", () => map.scrollWheelZoom.enable());
    map.on("click", () => map.scrollWheelZoom.enable());
    place.addEventListener("mouseleave", () => map.scrollWheelZoom.disable());
    const belief = L.layerGroup().addTo(map), pins = L.layerGroup().addTo(map), lit = L.layerGroup().addTo(map);
    const names = L.layerGroup().addTo(map);
    let shown = {}, whole = null, told = () => {}, chosen = () => {}, marks = [];

    const controls = L.control({ position: "topright" });
    controls.onAdd = () => {
      const bar = element("div", "map-buttons",
        button("+", "Zoom in", () => map.zoomIn()), button("−", "Zoom out", () => map.zoomOut()),
        button("⤢", "Show the whole answer", () => fit()));
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    };
    controls.addTo(map);

    // How wide a name is, with room beside it; bold, as the widest are.
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `600 12.5px ${getComputedStyle(place).fontFamily}`;
    const wideOf = (text) => pen.measureText(text).width + 16;

    // Where an element lies in the map, in its pixels.
    function boxOf(each) {
      const inner = each.getBoundingClientRect(), outer = place.getBoundingClientRect();
      return [inner.left - outer.left - 2, inner.top - outer.top - 2, inner.right - outer.left + 2, inner.bottom - outer.top + 2];
    }

    const near = (lat, lon, to) => L.latLng(lat, lon + TURN * Math.round((to - lon) / TURN));

    function fit(animate = moves) {
      const room = shown.point ? { padding: [24, 24] } : { paddingTopLeft: [30, 44], paddingBottomRight: [60, 40] }; // pins stand clear of buttons
      if (whole) map.fitBounds(whole, { animate, ...room, maxZoom: 12 });
      else map.setView([25, 10], map.getMinZoom(), { animate });
    }

    // An answer is shown with the area that holds 90 %, or half where that would reach to another place altogether.
    function bounds() {
      const found = (shown.regions || []).map((region) => region.box);
      if (!shown.point && !found.length && shown.marks?.length) return L.latLngBounds(shown.marks.map(({ lat, lon }) => [lat, lon])).pad(0.1);
      if (!shown.point) return found.find((box) => box.getEast() - box.getWest() < 60) || found.at(-1) || null;
      const [far, near] = shown.radii_km, isOne = far <= TAIL * near, km = isOne ? far : near;
      const area = isOne ? found[0] : found.at(-1);
      if (area?.contains(shown.point)) return area.pad(0.05);
      return L.latLng(shown.point.lat, shown.point.lon).toBounds(Math.max(400, 2200 * km));
    }

    function drawBelief() {
      belief.clearLayers();
      for (const region of shown.regions || []) {
        const rings = unpack(region.rings, region.steps_per_deg);
        const corners = rings.map((ring) => Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i + 1], ring[2 * i]]));
        const drawn = L.polygon(corners, { className: `region r${Math.round(100 * region.share)}`, interactive: false, smoothFactor: 0.7 });
        region.box = drawn.addTo(belief).getBounds();
      }
      if (!shown.point || shown.regions?.length) return; // a circle and an outline would say the same in two ways
      (shown.radii_km || []).forEach((km, i) => L.circle([shown.point.lat, shown.point.lon],
        { radius: 1000 * km, className: `radius r${i ? 50 : 90}`, interactive: false }).addTo(belief));
    }

    function drawMarks() {
      pins.clearLayers();
      marks = [];
      if (shown.point) add(element("span", "pin-point"), shown.point, shown.meaning[0].toUpperCase() + shown.meaning.slice(1), "map-point", null);
      for (const mark of shown.marks || []) {
        const text = [mark.letter && `${mark.letter}: `, mark.name, mark.outcome && `, ${mark.outcome}`, mark.told && `, ${mark.told}`];
        const pin = element("span", `pin-${mark.kind} ${mark.outcome || ""}`, mark.letter || "");
        const label = mark.kind === "rival" ? `${mark.name} ${mark.told || ""}` : "";
        add(pin, mark, text.filter(Boolean).join(""), `map-mark map-${mark.kind}`, label).on("click", () => chosen(mark.letter));
      }
      for (const spot of (shown.places || []).filter((each) => !each.band && !each.boxes).slice(0, MOST_LABELS)) {
        const dot = L.marker([spot.lat, spot.lon], { icon: icon(element("span", "pin-place"), "map-place", [6, 6]), keyboard: false, zIndexOffset: -200 });
        dot.bindTooltip(element("span", "", spot.name)).addTo(pins);
        dot.on("mouseover", () => told(new Set([spot.evidence]))).on("mouseout", () => told(new Set()));
      }
    }

    const stands = (name) => name.endsWith("map-tested") || name.endsWith("map-photo");

    function add(pin, at, text, name, label) {
      const marker = L.marker([at.lat, at.lon], { icon: icon(pin, name, [PIN / 2, stands(name) ? PIN + 6 : PIN / 2]), title: text, alt: text, zIndexOffset: name === "map-point" ? 0 : 100 });
      marker.addTo(pins).bindTooltip(element("span", "", text));
      marks.push({ marker, pin, at, label, stands: stands(name) });
      return marker;
    }

    // Pins that would lie on each other stand side by side, those that lie outside or under a control are left out; names
    // are written where none covers another.
    function arrange() {
      names.clearLayers();
      const middle = map.getCenter().lng, zoom = map.getZoom(), size = map.getSize();
      const taken = [...place.querySelectorAll(".leaflet-control")].map((control) => boxOf(control));
      const controls = taken.length;
      const isFree = (box) => box[0] >= 0 && box[1] >= 0 && box[2] <= size.x && box[3] <= size.y && !taken.slice(0, controls).some((other) => meet(box, other));
      for (const { marker, pin, at, stands } of marks) {
        const there = near(at.lat, at.lon, middle), spot = map.latLngToContainerPoint(there);
        marker.setLatLng(there);
        const [up, down] = stands ? [PIN + 6, 0] : [PIN / 2, PIN / 2];
        const box = (shift) => [spot.x - PIN / 2 + shift, spot.y - up, spot.x + PIN / 2 + shift, spot.y + down];
        let shift = 0;
        while (taken.some((other) => meet(box(shift), other)) && shift < 300) shift += stands ? 2 : 300;
        pin.style.translate = stands && shift ? `${shift}px 0` : "";
        const shows = isFree(box(stands ? shift : 0));
        marker.getElement().style.display = shows ? "" : "none";
        if (shows) taken.push(box(stands ? shift : 0));
      }
      let count = 0;
      const write = (text, lat, lon, name, centred, below = 0) => {
        const there = near(lat, lon, middle), spot = map.latLngToContainerPoint(there);
        const wide = wideOf(text), left = centred ? spot.x - wide / 2 : spot.x - 5;
        const box = [left, spot.y - 9 + below, left + wide, spot.y + 9 + below];
        if (count >= MOST_LABELS || !isFree(box) || taken.some((other) => meet(box, other))) return;
        taken.push(box);
        count++;
        L.marker(there, { icon: icon(element("span", "", text), `map-name ${name}`, [0, 0]), interactive: false, keyboard: false }).addTo(names);
      };
      for (const { at, label } of marks) if (label) write(label, at.lat, at.lon, "rival-name", true, PIN);
      const perDeg = (TILE * 2 ** zoom) / TURN;
      for (const { name, at, reach_deg: reach } of world.countries) {
        const fits = at && 3.2 * reach * perDeg > wideOf(name) && reach * perDeg < 0.7 * size.x;
        if (fits) write(name, at[0], at[1], "country-name", true);
      }
      const least = zoom < 3 ? Infinity : zoom > 6 ? 0 : 8e6 / 3 ** (zoom - 3);
      for (const town of shown.towns || []) if (town.population >= least) write(town.name, town.lat, town.lon, "town-name", false);
    }
    map.on("moveend zoomend resize", arrange);
    const sized = new ResizeObserver(() => isSeen() && map.invalidateSize({ animate: false }));
    sized.observe(place);

    // A hidden map has no size, to which nothing can be fitted.
    const isSeen = () => place.clientWidth > 0;

    return {
      // What is known now; `follow` moves to where it lies.
      show(data, follow = true) {
        shown = data;
        if (!isSeen()) return;
        map.invalidateSize({ animate: false }); // it may have been hidden until now
        land.detail = data.detail ? detailOf(data.detail) : null;
        if (data.detail) land.redraw();
        drawBelief();
        drawMarks();
        whole = bounds();
        if (follow) fit(false); // at once: Leaflet leaves out a fit that comes while it moves to another
        arrange();
      },
      // The places of some evidence, by id, are drawn in full.
      light(evidence) {
        lit.clearLayers();
        for (const spot of (shown.places || []).filter((each) => evidence.has(each.evidence))) {
          if (spot.band) {
            L.rectangle([[spot.band[0], -180], [spot.band[1], 180]], { className: "evidence", interactive: false }).addTo(lit);
            continue;
          }
          if (spot.boxes) {
            for (const [south, west, north, east] of spot.boxes) {
              L.rectangle([[south, west], [north, east]], { className: "evidence", interactive: false }).addTo(lit);
            }
            continue;
          }
          const at = [spot.lat, spot.lon];
          if (spot.radius_km) L.circle(at, { radius: 1000 * spot.radius_km, className: "evidence", interactive: false }).addTo(lit);
          L.circleMarker(at, { radius: 6, className: "evidence-dot", interactive: false }).addTo(lit);
        }
      },
      // The borders between divisions, drawn from a zoom on at which there is room for them.
      divisions({ steps_per_deg: steps, lines }) {
        land.divisions = unpack(lines, steps).map(project);
        land.redraw();
      },
      onLight(act) { told = act; },
      // A mark was clicked; its letter is told.
      onMark(act) { chosen = act; },
      // Pictures of streets from a server: only called once somebody has allowed it.
      streets(address, credit) {
        const tiles = L.tileLayer(address, { maxZoom: 19, referrerPolicy: "origin", attribution: element("i", "", credit).innerHTML });
        tiles.addTo(map);
        return () => tiles.remove();
      },
      // Taken apart once what moves has come to rest: Leaflet ends no zoom of a map that is gone.
      remove() {
        dark.removeEventListener("change", redraw);
        sized.disconnect();
        setTimeout(() => map.remove(), REST_MS);
      },
    };
  };

  function detailOf({ box: [west, south, east, north], steps_per_deg: steps, countries }) {
    const { box } = project([west, south, east, north]);
    return { box, countries: countriesOf(countries, steps) };
  }
})();
