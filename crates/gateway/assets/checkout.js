// Keeps the payment page true: when the server says that something changed, the page is fetched
// again and its <main> replaced. The script itself knows no state and no amount, so it cannot show
// a payment that the server has not recorded.
"use strict";
(() => {
  const page = () => document.querySelector("main");
  const announcer = document.getElementById("announcer");
  const connection = document.getElementById("connection");
  document.documentElement.classList.add("script");

  // --- Fetching the truth -------------------------------------------------------------------

  let fetching = false;
  let wanted = 0; // the newest version that the server has spoken of
  let behind = 0; // how often in a row the page was older than that

  async function refresh() {
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin", headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      show(next);
      connection.hidden = true;
    } catch {
      connection.hidden = false;
    } finally {
      fetching = false;
    }
    // A reader of the database may be a moment behind the event.
    behind = Number(page().dataset.version) < wanted ? behind + 1 : 0;
    if (behind > 0 && behind < 8) setTimeout(refresh, 300 * behind);
  }

  function show(next) {
    const now = page();
    const then = next.querySelector("main");
    if (!then || !then.dataset.version) return;
    if (then.dataset.version === now.dataset.version && then.dataset.status === now.dataset.status) return;
    const focused = now.contains(document.activeElement) ? document.activeElement.id : null;
    const restated = then.dataset.status !== now.dataset.status;
    document.title = next.title;
    now.replaceWith(document.adoptNode(then));
    if (focused !== null) (document.getElementById(focused) || page()).focus({ preventScroll: true });
    if (restated) window.scrollTo({ top: 0 });
    announcer.textContent = then.dataset.announce;
    start();
  }

  // --- Listening ----------------------------------------------------------------------------

  let events = null;
  let polling = 0;

  function listen() {
    const live = page().dataset.live === "true";
    if (!live || document.hidden) {
      if (events) events.close();
      events = null;
      clearInterval(polling);
      polling = 0;
      return;
    }
    if (events && events.readyState !== EventSource.CLOSED) return;
    events = new EventSource(page().dataset.events);
    events.addEventListener("status", (event) => {
      let told;
      try { told = JSON.parse(event.data); } catch { return; }
      wanted = Math.max(wanted, Number(told.version) || 0);
      if (String(told.version) !== page().dataset.version || told.status !== page().dataset.status) refresh();
    });
    events.addEventListener("open", () => { clearInterval(polling); polling = 0; connection.hidden = true; });
    // The browser reconnects by itself; until it has, or if it may not, ask every few seconds.
    events.addEventListener("error", () => {
      if (!polling) polling = setInterval(() => { refresh().then(listen); }, 5000);
    });
  }

  // A phone that comes back from the banking app has usually lost the connection.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); listen(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
  window.addEventListener("online", refresh);

  // --- Countdown, on the server's clock ------------------------------------------------------

  const opened = Date.now();
  const shown = page().querySelector("[data-now]");
  const ahead = shown ? Date.parse(shown.dataset.now) - opened : 0;
  let asked = 0;

  function tick() {
    const timer = page().querySelector("[data-countdown]");
    if (!timer) return;
    const row = timer.closest(".left");
    row.hidden = false;
    const left = Math.floor((Date.parse(timer.dataset.countdown) - Date.now() - ahead) / 1000);
    if (!(left > 0)) {
      timer.textContent = timer.dataset.over;
      if (Date.now() - asked > 10000) { asked = Date.now(); refresh(); }
      return;
    }
    const two = (number) => String(number).padStart(2, "0");
    const days = Math.floor(left / 86400);
    const hours = Math.floor(left / 3600) % 24;
    const clock = two(Math.floor(left / 60) % 60) + ":" + two(left % 60);
    const word = days === 1 ? timer.dataset.day : timer.dataset.days;
    timer.textContent = (days > 0 ? days + " " + word + " " : "") + (days > 0 || hours > 0 ? two(hours) + ":" : "") + clock;
    row.classList.toggle("soon", left < 120);
  }

  // --- Copying ------------------------------------------------------------------------------

  async function write(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    // An office network without https has no clipboard interface.
    const field = document.createElement("textarea");
    field.value = text;
    field.readOnly = true;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("copy");
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const word = button.querySelector(".copy-word");
    const usual = button.dataset.usual || word.textContent;
    button.dataset.usual = usual;
    let said = button.dataset.done;
    try { await write(button.dataset.copy); } catch { said = button.dataset.failed; }
    button.focus();
    button.classList.add("done");
    word.textContent = said;
    announcer.textContent = said;
    setTimeout(() => { word.textContent = usual; button.classList.remove("done"); }, 2500);
  });

  function start() {
    tick();
    listen();
  }

  start();
  setInterval(tick, 1000);
})();
