// Keeps the demonstration shop fresh: fetches the page every two seconds and replaces the parts
// that changed. Without this script the forms and a reload do the same.
"use strict";
(() => {
  const announcer = document.getElementById("announcer");
  const connection = document.getElementById("connection");
  document.documentElement.classList.add("script");

  function show(text, withNotice) {
    const next = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-live-part]")) {
      if (part.id === "notice" && !withNotice) continue;
      const fresh = next.getElementById(part.id);
      if (!fresh || fresh.isEqualNode(part)) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      part.replaceWith(document.adoptNode(fresh));
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
      if (fresh.id === "notice") announcer.textContent = fresh.textContent.trim();
    }
    connection.hidden = true;
  }

  let turn = 0; // an answer that was overtaken by a later one is dropped

  async function load(address, options, withNotice) {
    const mine = ++turn;
    try {
      const answer = await fetch(address, { cache: "no-store", credentials: "same-origin", ...options });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (mine === turn || withNotice) show(text, withNotice);
    } catch {
      connection.hidden = false;
    }
  }

  // A simulation answers with a redirect to this page: follow it without losing the place.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.classList.contains("simulate") || !event.submitter) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    await load(form.action, { method: "POST", body: fields }, true);
  });

  const here = location.pathname + location.search;
  setInterval(() => { if (!document.hidden) load(here, {}, false); }, 2000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) load(here, {}, false); });
})();
