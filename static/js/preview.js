// Shows the preview of a form while it is typed. Without this, the form's Preview button does it.
const form = document.querySelector("form[data-preview]");
const place = document.getElementById("preview");
let waiting;
let asked = 0;

async function show() {
  const mine = ++asked;
  const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
  if (!answer.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...page.getElementById("preview").childNodes);
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => show().catch(() => {}), 600);
});
