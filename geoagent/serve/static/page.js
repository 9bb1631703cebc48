// The page: the form for a new case with the list of cases, or one case, and which of the two is shown.
import { api, h, notice, template } from "./basics.js";
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

addEventListener("hashchange", route);
route();
