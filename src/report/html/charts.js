"use strict";
// Charts answer: what is under the pointer says its figures, and rows sort. Without this script they stay as they were drawn.
const tip = document.createElement("p");
tip.id = "tip";
tip.hidden = true;
document.body.append(tip);
for (const title of document.querySelectorAll("svg .row > title")) {
  // The browser would show it as well, late and small.
  title.parentNode.dataset.words = title.textContent;
  title.remove();
}
document.addEventListener("pointermove", (event) => {
  const row = event.pointerType === "touch" ? null : event.target.closest?.("svg .row");
  tip.hidden = !row;
  if (!row) return;
  tip.textContent = row.dataset.words;
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 4)) + "px";
  tip.style.top = (event.clientY + 20 + height > innerHeight ? Math.max(4, event.clientY - height - 10) : event.clientY + 20) + "px";
});
// By value, largest first; by name; as it was drawn.
const ORDERS = ["as drawn", "by value", "by name"];
const bands = (svg) => [...svg.querySelectorAll("[data-y]")];
const canSort = (svg) => bands(svg).length > 2;
function sortChart(svg) {
  const next = (Number(svg.dataset.order ?? 0) + 1) % ORDERS.length;
  svg.dataset.order = next;
  const rows = bands(svg);
  const top = Math.min(...rows.map((row) => Number(row.dataset.y)));
  const value = (row) => row.dataset.value === undefined ? -Infinity : Number(row.dataset.value);
  if (next === 1) rows.sort((a, b) => value(b) - value(a));
  if (next === 2) rows.sort((a, b) => a.dataset.name.localeCompare(b.dataset.name));
  let y = top;
  for (const row of rows) {
    row.setAttribute("transform", "translate(0 " + (y - Number(row.dataset.y)) + ")");
    y += Number(row.dataset.height);
  }
  return ORDERS[next];
}
