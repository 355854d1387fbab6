// Asks before a page is left whose words were typed and not sent. Without this, nothing else is missing.
(() => {
  "use strict";

  const cameBack = document.querySelector(".errors, #preview");
  let sent = null;

  const unsent = (text) => !text.readOnly && text.form !== sent &&
    text.value.trim() !== "" && (cameBack !== null || text.value !== text.defaultValue);

  document.addEventListener("submit", (event) => { sent = event.target; });
  addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("main form[method=post] textarea")].some(unsent)) event.preventDefault();
  });
})();
