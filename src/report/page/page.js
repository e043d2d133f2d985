// Tables sort by any column, by mouse or keyboard; what has no number goes last. Without this script they stay as they were written.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const written = [...body.rows];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const numeric = written.some((row) => row.cells[column].dataset.key !== undefined);
      const sign = descending ? -1 : 1;
      const rows = [...written].sort((a, b) => {
        const [x, y] = [a.cells[column], b.cells[column]];
        if (!numeric) return sign * x.textContent.localeCompare(y.textContent);
        const [p, q] = [x.dataset.key, y.dataset.key];
        if (p === undefined || q === undefined) return (p === undefined) - (q === undefined);
        return sign * (p - q);
      });
      body.append(...rows);
    });
  });
}
const theme = document.createElement("button");
theme.type = "button";
theme.id = "theme";
const dark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};
const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = dark() ? "light" : "dark";
  name();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
name();
document.querySelector("header").append(theme);
for (const figure of document.querySelectorAll("figure")) {
  const charts = [...figure.querySelectorAll("svg")].filter(canSort);
  if (charts.length === 0) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sort";
  button.textContent = "Rows as drawn";
  button.addEventListener("click", () => {
    for (const chart of charts) button.textContent = "Rows " + sortChart(chart);
  });
  figure.prepend(button);
}
