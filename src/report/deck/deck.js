// Moves through the slides. Without this script they stand one below the other.
const root = document.documentElement;
const slides = [...document.querySelectorAll(".slide")];
const said = document.getElementById("said");
let at = 0;
let step = 0;
let speaker = null;
const stepsOf = (slide) => slide.querySelectorAll("[data-step]").length;
const place = () => "#" + slides[at].id + (step > 0 ? "/" + step : "");

// `#home/2` is the slide `home` with two of its sentences shown.
function read() {
  const [id, steps] = location.hash.slice(1).split("/");
  const found = slides.findIndex((slide) => slide.id === id);
  at = Math.max(0, found);
  step = Math.min(stepsOf(slides[at]), Math.max(0, Number.parseInt(steps ?? "0", 10) || 0));
}
function show() {
  const slide = slides[at];
  for (const other of slides) other.classList.toggle("current", other === slide);
  for (const part of slide.querySelectorAll("[data-step]")) part.classList.toggle("ahead", Number(part.dataset.step) > step);
  said.textContent = slide.getAttribute("aria-label");
  if (location.hash !== place()) history.replaceState(null, "", place());
  tell();
}
function next() {
  if (step < stepsOf(slides[at])) step += 1;
  else if (at < slides.length - 1) { at += 1; step = 0; }
  show();
}
function back() {
  if (step > 0) step -= 1;
  else if (at > 0) { at -= 1; step = stepsOf(slides[at]); }
  show();
}
function go(index) { at = Math.min(slides.length - 1, Math.max(0, index)); step = 0; show(); }
function theme() {
  const chosen = root.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  tell();
}
function notes() { root.classList.toggle("notes-shown"); }
function overview() {
  if (root.classList.toggle("overview")) slides[at].scrollIntoView({ block: "center" });
}
function sort() {
  const svg = slides[at].querySelector(".wide svg");
  if (svg && canSort(svg)) said.textContent = "Rows " + sortChart(svg);
}
// Refused from the speaker window, where nobody has touched the deck.
function fullscreen() { document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen().catch(() => {}); }

// A window for the speaker: this slide, the next one, the notes, the time since it was opened. It has the same keys. It has
// this page's style sheet, which is the one that the policy allows.
function openSpeaker() {
  speaker = window.open("", "fsbench-speaker", "width=1180,height=760");
  if (!speaker) return;
  const page = speaker.document;
  page.title = "Speaker: " + document.title;
  const style = page.createElement("style");
  style.textContent = document.querySelector("style").textContent;
  page.head.replaceChildren(style);
  page.body.className = "speaker";
  page.body.replaceChildren(...["clock", "frame now", "frame next", "words"].map((name) => {
    const part = page.createElement("div");
    part.className = name;
    return part;
  }));
  page.onkeydown = press;
  const opened = Date.now();
  const tick = () => {
    if (!speaker || speaker.closed) { clearInterval(clock); return; }
    const seconds = Math.floor((Date.now() - opened) / 1000);
    page.querySelector(".clock").textContent = (at + 1) + " of " + slides.length + " · " + Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
  };
  const clock = setInterval(tick, 500);
  tick();
  tell();
}
function picture(page, slide, steps) {
  if (!slide) return [];
  const copy = page.importNode(slide, true);
  copy.removeAttribute("id");
  copy.querySelector(".notes")?.remove();
  copy.querySelector(".narrow")?.remove();
  for (const part of copy.querySelectorAll("[data-step]")) part.classList.toggle("ahead", Number(part.dataset.step) > steps);
  return [copy];
}
function tell() {
  if (!speaker || speaker.closed) return;
  const page = speaker.document;
  const slide = slides[at];
  const more = step < stepsOf(slide);
  page.documentElement.dataset.theme = root.dataset.theme ?? "";
  page.querySelector(".now").replaceChildren(...picture(page, slide, step));
  page.querySelector(".next").replaceChildren(...picture(page, more ? slide : slides[at + 1], more ? step + 1 : 0));
  page.querySelector(".words").textContent = slide.querySelector(".notes").textContent;
}
const commands = [
  ["Right, Space, Page Down, click, swipe", "Next", ["ArrowRight", "ArrowDown", " ", "PageDown", "Enter"], next],
  ["Left, Backspace, Page Up", "Back", ["ArrowLeft", "ArrowUp", "Backspace", "PageUp"], back],
  ["Home", "First slide", ["Home"], () => go(0)],
  ["End", "Last slide", ["End"], () => go(slides.length - 1)],
  ["O, Escape", "All slides", ["o"], overview],
  ["N", "Notes", ["n"], notes],
  ["S", "Speaker window", ["s"], openSpeaker],
  ["R", "Sort the chart's rows", ["r"], sort],
  ["D", "Dark or light", ["d"], theme],
  ["F", "Full screen", ["f"], fullscreen],
  ["?", "Keys", ["?", "h"], help],
];
function help() {
  const shown = document.getElementById("help");
  if (shown) { shown.remove(); return; }
  const box = document.createElement("div");
  box.id = "help";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "Keys");
  const list = document.createElement("dl");
  for (const [keys, name] of commands) {
    const row = document.createElement("div");
    const [key, what] = [document.createElement("dt"), document.createElement("dd")];
    key.textContent = keys;
    what.textContent = name;
    row.append(key, what);
    list.append(row);
  }
  box.append(list);
  document.body.append(box);
}
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    const shown = document.getElementById("help");
    shown ? shown.remove() : overview();
    return;
  }
  // A button that has the focus takes its own keys.
  if (event.target.closest?.("button") && (event.key === " " || event.key === "Enter")) return;
  const command = commands.find(([, , keys]) => keys.includes(event.key) || keys.includes(event.key.toLowerCase()));
  if (!command) return;
  event.preventDefault();
  if (root.classList.contains("overview") && event.key === "Enter") { overview(); return; }
  command[3]();
}
document.addEventListener("keydown", press);
const isList = () => matchMedia("(max-width: 40rem) and (orientation: portrait)").matches;
// A click goes on, in the left fifth of the window back; one that selects text does neither.
document.querySelector("main").addEventListener("click", (event) => {
  if (root.classList.contains("overview")) {
    const index = slides.indexOf(event.target.closest(".slide"));
    if (index >= 0) { root.classList.remove("overview"); go(index); }
    return;
  }
  if (isList() || String(getSelection()) || event.target.closest("pre, .notes, a")) return;
  event.clientX < innerWidth / 5 ? back() : next();
});
let touched = null;
document.addEventListener("touchstart", (event) => { touched = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
document.addEventListener("touchend", (event) => {
  if (!touched || isList() || root.classList.contains("overview")) return;
  const [x, y] = [event.changedTouches[0].clientX - touched.clientX, event.changedTouches[0].clientY - touched.clientY];
  if (Math.abs(x) > 50 && Math.abs(x) > 2 * Math.abs(y)) x < 0 ? next() : back();
});
const bar = document.createElement("div");
bar.id = "bar";
for (const [label, name, action] of [["‹", "Back", back], ["›", "Next", next], ["▦", "All slides", overview], ["?", "Keys", help]]) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-label", name);
  button.addEventListener("click", action);
  bar.append(button);
}
document.body.append(bar);
addEventListener("hashchange", () => { read(); show(); });
root.classList.add("deck");
read();
show();
