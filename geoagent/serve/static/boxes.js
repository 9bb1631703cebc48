// The clues on a photo: a box each, with a number where there is room; what was read twice is one box.
import { h } from "./basics.js";

const SMALL = 2;
const SIDES = ["over", "under", "before", "after"];

// Where a clue lies in which photo; a case of an earlier version tells its view alone.
export function placed({ photo, in_photo, view, box }) {
  return in_photo === undefined ? { photo: view - 1, box } : { photo, box: in_photo };
}

export function makeBox(frame, clue, place, boxes) {
  const number = clue.number ?? new Set(boxes.values()).size + 1;
  const twin = [...boxes.values()].find((box) => box.number === number);
  if (twin) return twin;
  const box = h("button", { class: "box", type: "button", title: clue.value, "aria-label": `Clue ${number}: ${clue.value}` },
    h("b", { "aria-hidden": "true" }, String(number)));
  box.clue = clue;
  box.number = number;
  put(box, place);
  frame.append(box);
  return box;
}

// Where text is being read, until it is known which readings stay.
export function glimpse(value, box) {
  const mark = h("span", { class: "glimpse", title: value, "aria-hidden": "true" });
  put(mark, box);
  return mark;
}

function put(element, { x0, y0, x1, y1 }) {
  Object.assign(element.style, { left: `${100 * x0}%`, top: `${100 * y0}%`, width: `${100 * (x1 - x0)}%`, height: `${100 * (y1 - y0)}%` });
}

// Numbers stand beside their boxes, on the photo, and are left out where they would lie on another or hide a small sign.
export function arrange(boxes) {
  const placed = [];
  const all = [...new Set(boxes.values())].map((box) => ({ box, area: box.getBoundingClientRect() }));
  for (const { box } of all) {
    const tag = box.querySelector("b");
    const frame = box.parentElement.getBoundingClientRect();
    tag.hidden = false;
    const free = SIDES.some((side) => {
      box.dataset.side = side;
      const at = tag.getBoundingClientRect();
      const small = all.filter((other) => other.box !== box && other.area.height < SMALL * at.height).map(({ area }) => area);
      return inside(at, frame) && ![...placed, ...small].some((other) => meet(at, other));
    });
    if (free) placed.push(tag.getBoundingClientRect());
    tag.hidden = !free;
  }
}

function inside(a, frame) {
  return a.left >= frame.left && a.right <= frame.right && a.top >= frame.top && a.bottom <= frame.bottom;
}

function meet(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
