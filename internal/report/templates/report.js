"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const one = (selector) => document.querySelector(selector);
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  // Every row of the page in one list: what it says, and the containers that vanish when all their rows do.
  const findings = all("details.row").map((el) => ({
    el, operation: el.dataset.op, situation: el.dataset.sit, outcome: el.dataset.o,
    text: (el.closest(".finding").querySelector("header").textContent + " " + el.textContent).toLowerCase(),
  }));
  const rows = all(".sheet tbody tr").flatMap((tr) => {
    const head = (tr.closest(".sheet").dataset.op + " " + tr.cells[0].textContent + " " + tr.cells[1].textContent).toLowerCase();
    const why = tr.querySelector(".why");
    return all(".group", tr).flatMap((group) => all("li", group).map((el) => ({
      el, operation: tr.closest(".sheet").dataset.op, situation: tr.dataset.sit, outcome: group.dataset.o,
      text: head + " " + el.textContent.toLowerCase() + (why ? " " + why.textContent.toLowerCase() : ""),
    })));
  });

  const collapse = (selector, part) => all(selector).forEach((el) => {
    el.hidden = all(part, el).every((row) => row.hidden);
  });

  let narrowed = false; // a filter opens the operations that it leaves, and its end closes them
  function apply() {
    const data = new FormData(form);
    const outcomes = new Set(data.getAll("outcome"));
    const operation = data.get("operation"), situation = data.get("situation");
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (row) => outcomes.has(row.outcome) && (!operation || row.operation === operation) &&
      (!situation || row.situation === situation) && words.every((word) => row.text.includes(word));
    let visible = 0;
    findings.forEach((row) => { row.el.hidden = !matches(row); });
    rows.forEach((row) => { row.el.hidden = !matches(row); if (!row.el.hidden) visible++; });
    collapse(".finding", "details.row");
    collapse(".sheet .group", "li");
    collapse(".sheet tbody tr", ".group");
    collapse(".sheet", "tbody tr");
    const narrow = visible < rows.length;
    if (narrow || narrowed) all(".sheet").forEach((el) => { el.open = narrow; });
    narrowed = narrow;
    shown.textContent = visible === rows.length ? rows.length + " rows" : visible + " of " + rows.length + " rows";
    all(".nothing").forEach((el) => {
      el.hidden = all(el.dataset.of).some((part) => !part.hidden);
    });
  }

  // reveal opens and unhides the row that a link leads to, so that it never leads to nothing.
  function reveal(id) {
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.closest("[hidden]")) { form.reset(); apply(); }
    const around = target.closest("details");
    if (around) around.open = true;
    target.scrollIntoView({block: "start"});
  }

  let pending;
  form.addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(apply, rows.length > 5000 ? 250 : 60); });
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });

  // A cell of the matrix shows only its own rows.
  const matrix = one(".matrix table");
  if (matrix) {
    matrix.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || link.getAttribute("href") === "#coverage") return;
      form.reset();
      form.elements.operation.value = link.closest("tr").dataset.op;
      form.elements.situation.value = matrix.tHead.rows[0].cells[link.closest("td").cellIndex].textContent;
      apply();
    });
    matrix.addEventListener("pointerover", (event) => {
      const link = event.target.closest("a");
      if (link && !link.title) link.title = link.getAttribute("aria-label");
    });
  }

  window.addEventListener("hashchange", () => reveal(location.hash.slice(1)));
  document.addEventListener("click", async (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) reveal(link.hash.slice(1));
    const button = event.target.closest(".copy");
    if (!button) return;
    const source = button.parentElement.querySelector("pre");
    let done = true;
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      const range = document.createRange(); // pages opened from a file may not be allowed to copy
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  });

  // Paper cannot be clicked: the first row of every finding and the list of rows are printed open.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = all(".finding details.row:first-of-type:not([open]), .sheet:not([open])");
    opened.forEach((el) => { el.open = true; });
  });
  window.addEventListener("afterprint", () => opened.forEach((el) => { el.open = false; }));

  apply();
  reveal(location.hash.slice(1));
})();
