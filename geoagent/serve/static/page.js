// The page: the form for a new case with the list of cases, one case, or several, and which of these is shown.
import { api, h, nextNotice, notice, template } from "./basics.js";
import { showBatch } from "./batch.js";
import { showCase } from "./case.js";
import { showHome } from "./home.js";

const main = document.getElementById("main");
let left = new AbortController();

// Each route is shown in a place of its own, with a signal that aborts once it is left: what comes late touches nothing.
async function route() {
  left.abort();
  left = new AbortController();
  const { signal } = left;
  const view = h("div");
  main.replaceChildren(view);
  notice(nextNotice());
  const { open } = await api("/api/session").catch(() => ({ open: true }));
  if (signal.aborted) return;
  if (!open) return showLogin(view);
  const ids = /^#([0-9a-f]{16}(,[0-9a-f]{16})*)$/.exec(location.hash)?.[1].split(",") ?? [];
  view.replaceChildren(template(ids.length > 1 ? "batch" : ids.length ? "case" : "home"));
  try {
    await (ids.length > 1 ? showBatch(view, ids, signal) : ids.length ? showCase(view, ids[0], signal) : showHome(view, signal));
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 401) showLogin(view);
    else {
      if (error.status === 404) view.replaceChildren();
      notice(error.message);
    }
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

addEventListener("hashchange", route);
route();
