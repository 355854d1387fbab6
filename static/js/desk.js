/* Keys for the desk. Each does what a link, a box or a button on the page does as well; without this
   file nothing is missing. They sleep while somebody types, and can be switched off (WCAG 2.1.4). */
(() => {
  "use strict";

  const OFF = "parley.desk.keys";
  const sheet = document.getElementById("keys");
  const rows = [...document.querySelectorAll("[data-row]")];
  let at = -1;

  const isOff = () => { try { return localStorage.getItem(OFF) === "off"; } catch { return false; } };

  const typing = (target) => target.isContentEditable || target.matches("textarea, select") ||
    (target.matches("input") && !["checkbox", "radio", "submit", "button"].includes(target.type));

  const title = (row) => row.querySelector(".row-title");

  const move = (by) => {
    if (!rows.length) return;
    const inside = rows.findIndex((row) => row.contains(document.activeElement));
    at = Math.min(rows.length - 1, Math.max(0, (inside < 0 ? at : inside) + by));
    title(rows[at]).focus();
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const here = () => rows.find((row) => row.contains(document.activeElement)) || rows[at];
  const send = (form) => form && form.requestSubmit();

  const go = {
    j: () => move(1),
    k: () => move(-1),
    o: () => { const row = here(); if (row) title(row).click(); },
    x: () => { const row = here(), box = row && row.querySelector("input[type=checkbox]"); if (box) box.click(); },
    a: () => send((rows.length ? here() : document)?.querySelector("[data-key-assign]")),
    n: () => send(document.querySelector("[data-key-next]")),
    r: () => { const text = document.querySelector("#write textarea"); if (text) text.focus(); },
    u: () => { if (!rows.length) location.assign(sheet.dataset.queue); },
    "?": () => sheet.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key !== "j" && event.key !== "k") return;
    if (isOff() || sheet.open || typing(event.target)) return;
    const act = Object.hasOwn(go, event.key) && go[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const change = document.querySelector("[data-keys-switch]");
  if (change) {
    const show = () => { change.textContent = isOff() ? "Switch the keys on" : "Switch the keys off"; };
    change.hidden = false;
    change.addEventListener("click", () => {
      try { localStorage.setItem(OFF, isOff() ? "on" : "off"); } catch { /* nothing to remember it in */ }
      show();
    });
    show();
  }
})();
