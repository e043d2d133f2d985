"use strict";
// Moves through the slides. Without this script they stand one below the other.
const root = document.documentElement;
const slides = [...document.querySelectorAll(".slide")];
const said = document.getElementById("said");
let at = Math.max(0, slides.findIndex((slide) => "#" + slide.id === location.hash));
let step = 0;
let speaker = null;
const stepsOf = (slide) => slide.querySelectorAll(".steps li").length;

function show() {
  const slide = slides[at];
  for (const other of slides) other.classList.toggle("current", other === slide);
  const steps = stepsOf(slide);
  slide.classList.toggle("stepped", steps > 0);
  if (steps > 0) {
    for (const row of slide.querySelectorAll("svg [data-step]")) row.classList.toggle("ahead", Number(row.dataset.step) > step);
    for (const line of slide.querySelectorAll(".steps li")) line.classList.toggle("current", Number(line.dataset.step) === step);
  }
  const line = slide.querySelector(".steps li.current");
  said.textContent = slide.getAttribute("aria-label") + (line ? ". " + line.textContent : "");
  history.replaceState(null, "", "#" + slide.id);
  tell();
}
function next() {
  if (step < stepsOf(slides[at]) - 1) step += 1;
  else if (at < slides.length - 1) { at += 1; step = 0; }
  show();
}
function back() {
  if (step > 0) step -= 1;
  else if (at > 0) { at -= 1; step = Math.max(0, stepsOf(slides[at]) - 1); }
  show();
}
function go(index) { at = Math.min(slides.length - 1, Math.max(0, index)); step = 0; show(); }
function theme() {
  const chosen = root.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}
function notes() { root.classList.toggle("notes-shown"); }
// Refused from the speaker window, where nobody has touched the deck.
function fullscreen() { document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen().catch(() => {}); }
// A window for the speaker: notes, what comes next, and the time since it was opened. It has the same keys.
function openSpeaker() {
  speaker = window.open("", "fsbench-speaker", "width=800,height=600");
  if (!speaker) return;
  const page = speaker.document;
  page.title = "Speaker notes";
  page.body.replaceChildren(...["time", "now", "text", "next"].map((name) => {
    const part = page.createElement(name === "now" ? "h1" : "p");
    part.id = name;
    part.style.font = name === "now" ? "bold 28px sans-serif" : "22px sans-serif";
    part.style.whiteSpace = "pre-line";
    return part;
  }));
  page.onkeydown = press;
  const opened = Date.now();
  const clock = setInterval(() => {
    if (speaker.closed) { clearInterval(clock); return; }
    const seconds = Math.floor((Date.now() - opened) / 1000);
    page.getElementById("time").textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
  }, 500);
  tell();
}
function tell() {
  if (!speaker || speaker.closed) return;
  const page = speaker.document;
  page.getElementById("now").textContent = slides[at].getAttribute("aria-label");
  page.getElementById("text").textContent = slides[at].querySelector(".notes").textContent;
  page.getElementById("next").textContent = at + 1 < slides.length ? "Next: " + slides[at + 1].getAttribute("aria-label") : "";
}
const commands = [
  ["Right, Space, Page Down", "Next", ["ArrowRight", "ArrowDown", " ", "PageDown", "Enter"], next],
  ["Left, Backspace, Page Up", "Back", ["ArrowLeft", "ArrowUp", "Backspace", "PageUp"], back],
  ["Home", "First slide", ["Home"], () => go(0)],
  ["End", "Last slide", ["End"], () => go(slides.length - 1)],
  ["N", "Notes", ["n"], notes],
  ["S", "Speaker window", ["s"], openSpeaker],
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
  if (event.key === "Escape") { document.getElementById("help")?.remove(); return; }
  // A button that has the focus takes its own keys.
  if (event.target.closest("button") && (event.key === " " || event.key === "Enter")) return;
  const command = commands.find(([, , keys]) => keys.includes(event.key) || keys.includes(event.key.toLowerCase()));
  if (!command) return;
  event.preventDefault();
  command[3]();
}
document.addEventListener("keydown", press);
const bar = document.createElement("div");
bar.id = "bar";
for (const [label, name, action] of [["‹", "Back", back], ["›", "Next", next], ["?", "Keys", help]]) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-label", name);
  button.addEventListener("click", action);
  bar.append(button);
}
document.body.append(bar);
addEventListener("hashchange", () => go(slides.findIndex((slide) => "#" + slide.id === location.hash)));
root.classList.add("deck");
show();
