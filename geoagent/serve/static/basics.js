// Elements made from data, never from markup, and requests that fail with one line.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (typeof child === "string" ? unbroken(child) : child)));
  return element;
}

// A text in which no line ends between a number and its per cent sign.
export function unbroken(text) {
  return text.replaceAll(" %", "\u00a0%");
}

export function svg(tag, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export function template(id) {
  return document.getElementById(id).content.cloneNode(true);
}

export function notice(text) {
  const place = document.getElementById("notice");
  place.textContent = text;
  place.hidden = !text;
}

// What is to be said once the next view is shown.
let next = "";
export function noticeNext(text) {
  next = text;
}
export function nextNotice() {
  const text = next;
  next = "";
  return text;
}

export async function api(path, { json, ...options } = {}) {
  if (json !== undefined) {
    options = { ...options, body: JSON.stringify(json), headers: { "Content-Type": "application/json" } };
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The service does not answer. Is it still running?");
  }
  const told = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(told.detail), { status: answer.status });
  return told;
}

export function percent(p) {
  if (p > 0 && p < 0.01) return "<1\u00a0%";
  return p > 0.99 && p < 1 ? ">99\u00a0%" : `${Math.round(100 * p)}\u00a0%`;
}
