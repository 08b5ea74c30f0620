"use strict";
// What explains is printed, tables and figures that are folded are not.
const unfold = (within, which = "details") => [...within.querySelectorAll(which)].filter((folded) => !folded.open)
  .map((folded) => { folded.open = true; return folded; });
let opened = [];
addEventListener("beforeprint", () => { opened = unfold(document, 'details:not([id^="table-"]):not([id^="fold-"])'); });
addEventListener("afterprint", () => opened.forEach((folded) => { folded.open = false; }));
const openTarget = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", openTarget);
openTarget();

// The contents mark the section that is read.
const marks = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
const seen = new Set();
const watch = new IntersectionObserver((entries) => {
  entries.forEach(({ target, isIntersecting }) => seen[isIntersecting ? "add" : "delete"](target.id));
  const first = [...marks.keys()].find((name) => seen.has(name));
  marks.forEach((link, name) => (name === first ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
}, { rootMargin: "-20% 0px -60% 0px" });
document.querySelectorAll("main > section").forEach((section) => watch.observe(section));

// A cell's place in the order of its column: its first number, "<.001" just before .001; what has none stands last, both ways.
const rank = (text) => {
  const said = text.trim();
  if (/^(–|missing|not run here|too few|no )/.test(said) || !said) return null;
  const found = said.match(/^([<>]?)\s*(-?(?:\d[\d,]*)?\.?\d+)/);
  if (!found) return said.toLowerCase();
  const value = parseFloat(found[2].replace(/,/g, ""));
  return found[1] ? value + (found[1] === "<" ? -1e-9 : 1e-9) : value;
};
const before = (x, y) => (typeof x !== typeof y ? (typeof x === "number" ? -1 : 1) : x < y ? -1 : x > y ? 1 : 0);
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.querySelectorAll("thead th")];
  const body = table.tBodies[0];
  if (!heads.length || body.rows.length < 2) continue;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", `Sort by ${head.textContent.trim()}`);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [a, b].map((row) => rank(row.cells[column].textContent));
        if (x === null || y === null) return (x === null) - (y === null);
        return before(x, y) * (up ? 1 : -1);
      });
      body.append(...rows);
    });
  });
}

// What a number is, beside it: from the row, the head and the bracket of its cell, or from the words that came with it.
document.querySelectorAll("svg .point > title").forEach((title) => {
  title.parentElement.dataset.tip = title.textContent;
  title.remove();
});
const tip = document.getElementById("tip");
const words = (at) => {
  const own = at.closest("[data-tip]");
  if (own) return own.dataset.tip;
  const cell = at.closest("td.short");
  const found = cell && cell.textContent.match(/^(.*?)\s*\[(\S+), (\S+)\]/);
  if (!found || !cell.closest("thead, tbody")) return "";
  const head = cell.closest("table").querySelectorAll("thead th")[cell.cellIndex];
  return `${cell.parentElement.cells[0].textContent}, ${head.textContent.trim()}: ${found[1]}, interval ${found[2]} to ${found[3]}`;
};
const show = ({ target }) => {
  const said = target.closest ? words(target) : "";
  tip.hidden = !said;
  if (!said) return;
  tip.textContent = said;
  const box = (target.closest("[data-tip], td") || target).getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8)) + scrollX}px`;
  tip.style.top = `${box.bottom + 4 + scrollY}px`;
};
["pointerover", "focusin"].forEach((name) => addEventListener(name, show));
addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });

// Agents can be left out of verdicts and tables.
const named = new Map();
document.querySelectorAll("[data-agent]").forEach((row) => {
  const label = row.querySelector(".agent") || row.cells[0];
  if (!named.has(row.dataset.agent) || row.matches(".verdicts *")) named.set(row.dataset.agent, label.textContent);
});
if (named.size > 1) {
  const choose = document.createElement("details");
  choose.className = "choose";
  choose.append(Object.assign(document.createElement("summary"), { textContent: "Choose agents" }));
  const boxes = document.createElement("div");
  [...named].sort((a, b) => a[0] - b[0]).forEach(([agent, title]) => {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      document.querySelectorAll(`[data-agent="${agent}"]`).forEach((row) => { row.hidden = !box.checked; });
    });
    label.append(box, ` ${title}`);
    boxes.append(label);
  });
  choose.append(boxes);
  document.querySelector(".beside").append(choose);
}
