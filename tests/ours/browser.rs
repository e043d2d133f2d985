//! Deck and page in a real browser, which starts once: in light and dark, on 16:9, 4:3, a phone and paper, with the keys, the
//! pointer and the speaker's window. Nothing is requested, nothing complains, nothing is cut off or too small to read.

use crate::kit::browser::Browser;
use crate::kit::command::fsbench;
use crate::kit::skip::skip;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Of each slide in turn: its smallest text in units of which it has 720, and what leaves it.
const FAULTS: &str = r##"(async () => {
  const faults = [];
  for (const slide of document.querySelectorAll(".slide")) {
    location.hash = "#" + slide.id + "/9";
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const shown = document.querySelector(".slide.current");
    if (shown !== slide) { faults.push(slide.id + ": not shown"); continue; }
    const box = slide.getBoundingClientRect();
    const unit = box.height / 720;
    const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const parent = node.parentElement;
      if (!node.textContent.trim() || parent.closest(".notes, .narrow, title, desc")) continue;
      const svg = parent.closest("svg");
      const size = Number.parseFloat(getComputedStyle(parent).fontSize) * (svg ? svg.getScreenCTM().a : 1) / unit;
      if (size < 23.9) faults.push(slide.id + ": " + size.toFixed(1) + " units: " + node.textContent);
    }
    for (const part of slide.querySelectorAll("*:not(title):not(desc)")) {
      if (part.closest(".notes, .narrow")) continue;
      const at = part.getBoundingClientRect();
      if (at.width > 0 && (at.right > box.right + 1 || at.bottom > box.bottom + 1 || at.left < box.left - 1 || at.top < box.top - 1)) faults.push(slide.id + ": cut off: " + part.tagName + " " + part.textContent.slice(0, 60));
    }
    const pre = slide.querySelector("pre");
    if (pre && (pre.scrollHeight > pre.clientHeight || pre.scrollWidth > pre.clientWidth)) faults.push(slide.id + ": its code scrolls");
  }
  return faults;
})()"##;

/// Texts of a chart that lie on each other.
const OVERLAPS: &str = r#"[...document.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().width > 0).flatMap((svg) => {
  const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
  const lie = ([, a], [, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > a.height * 0.4;
  return texts.flatMap((text, index) => texts.slice(index + 1).filter((other) => lie(text, other)).map((other) => text[0] + " | " + other[0]));
})"#;

/// Deck and page of a record as the program makes them today, with a row of each kind; and of a talk's records in results/.
fn made(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let results = ["results/2026-11/talk", "results/2026-11/talk/fs-matrix"].map(|folder| Path::new(ROOT).join(folder));
    let entries = results.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let mut records: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    records.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    records.sort();
    let golden = vec![Path::new(ROOT).join("tests/goldens/everything.json")];
    let sets = [("one", golden), ("all", records)];
    let mut made = Vec::new();
    for (set, records) in sets.iter().filter(|(_, records)| !records.is_empty()) {
        for (format, of_all) in [("slides", true), ("html", false)] {
            if *set == "all" && !of_all {
                continue;
            }
            let path = folder.join(format!("{set}-{format}.html"));
            let mut words = vec!["report", "--format", format, "-o", path.to_str().unwrap()];
            words.extend(records.iter().map(|path| path.to_str().unwrap()));
            let ran = fsbench(&words);
            assert_eq!(ran.code, Some(0), "{}", ran.err);
            made.push((format, path));
        }
    }
    made
}

#[test]
fn deck_and_page_are_whole_in_a_browser() {
    let mut browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skip("deck and page in a browser", why),
    };
    let folder = TempDir::new().unwrap();
    for (format, path) in made(folder.path()) {
        for (size, dark) in [((1280, 720), false), ((1024, 768), true), ((390, 844), false)] {
            let what = format!("{} at {size:?}", path.display());
            browser.look(size, dark);
            browser.open(&path);
            let is_phone = size.0 < size.1;
            if is_phone {
                let wide = browser.value("document.documentElement.scrollWidth - innerWidth");
                assert!(wide.as_i64().unwrap() <= 0, "{what}: scrolls sideways by {wide}");
            } else if format == "slides" {
                assert_eq!(browser.value(FAULTS), json!([]), "{what}");
            }
            assert_eq!(browser.value(OVERLAPS), json!([]), "{what}");
            if size == (1280, 720) {
                match format {
                    "slides" => a_deck_is_moved_through(&mut browser, &what),
                    _ => a_page_sorts(&mut browser),
                }
            }
            let (complaints, requests) = browser.complaints_and_requests();
            assert!(complaints.is_empty(), "{what}: {complaints:?}");
            let others: Vec<_> = requests.iter().filter(|url| !url.starts_with("file://")).collect();
            assert!(others.is_empty() && requests.len() == 1, "{what} requests {requests:?}");
        }
    }
}

fn hash(browser: &mut Browser) -> String {
    browser.value("location.hash").as_str().unwrap().to_owned()
}

/// By keys, click, swipe and address; the overview, the speaker's window, the pointer, sorting, paper.
fn a_deck_is_moved_through(browser: &mut Browser, what: &str) {
    browser.value("location.hash = '#title'; new Promise((done) => setTimeout(done, 50))");
    browser.press("ArrowRight");
    assert_eq!(hash(browser), "#question");
    browser
        .value("document.querySelector('main').dispatchEvent(new MouseEvent('click', {clientX: 900, bubbles: true}))");
    let third = hash(browser);
    assert!(third != "#question" && third != "#title", "{what}: {third}");
    let touch = |kind: &str, x: i32| {
        format!(
            "{{ const touch = new Touch({{identifier: 1, target: document.body, clientX: {x}, clientY: 300}}); \
             document.body.dispatchEvent(new TouchEvent('{kind}', {{touches: [touch], changedTouches: [touch], bubbles: true}})) }}"
        )
    };
    browser.value(&[touch("touchstart", 300), touch("touchend", 500)].concat());
    assert_eq!(hash(browser), "#question", "a swipe to the right goes back");

    browser.value("location.hash = '#home/1'; new Promise((done) => setTimeout(done, 50))");
    let ahead = "[...document.querySelectorAll('.current [data-step]')].filter((part) => getComputedStyle(part).visibility === 'hidden').length";
    let (all, hidden) =
        (browser.value("document.querySelectorAll('.current [data-step]').length"), browser.value(ahead));
    assert_eq!(hidden.as_i64().unwrap(), all.as_i64().unwrap() - 1, "{what}: the address says how far");
    browser.press("ArrowRight");
    assert_eq!(hash(browser), "#home/2");

    browser.press("o");
    let seen =
        "[...document.querySelectorAll('.slide')].filter((slide) => slide.getBoundingClientRect().width > 50).length";
    let slides = browser.value("document.querySelectorAll('.slide').length");
    assert_eq!(browser.value(seen), slides, "{what}: the overview shows all");
    browser.value("document.getElementById('question').click()");
    assert_eq!((hash(browser), browser.value(seen)), ("#question".to_owned(), json!(1)));

    let speaker = "openSpeaker(); new Promise((done) => setTimeout(() => done(['.now h2', '.next h2', '.words'].map((part) => speaker.document.querySelector(part).textContent)), 100))";
    let speaker = browser.value(speaker);
    let now = browser.value("document.querySelector('.current h2').textContent");
    assert_eq!(speaker[0], now);
    assert!(speaker[1] != now && speaker[2].as_str().unwrap().len() > 50, "{what}: {speaker}");
    let styled =
        "Math.round(Number.parseFloat(getComputedStyle(speaker.document.querySelector('.next .slide')).width))";
    assert_eq!(browser.value(styled), json!(410), "{what}: the next slide's picture has its style");
    browser.value("speaker.close()");

    let charted = "slides.findIndex((slide) => slide.querySelector('.wide [data-y] ~ [data-y] ~ [data-y]'))";
    browser.value(&format!("go({charted})"));
    let row = "document.querySelector('.current .wide .row')";
    browser.value(&format!(
        "{row}.dispatchEvent(new PointerEvent('pointermove', {{bubbles: true, clientX: 600, clientY: 300}}))"
    ));
    let tip = browser.value("[document.getElementById('tip').hidden, document.getElementById('tip').textContent]");
    assert!(tip[0] == json!(false) && tip[1].as_str().unwrap().contains(|c: char| c.is_ascii_digit()), "{what}: {tip}");
    let moved = "[...document.querySelectorAll('.current .wide [transform]')].length";
    assert_eq!(browser.value(moved), json!(0));
    browser.press("r");
    assert!(browser.value(moved).as_i64().unwrap() > 1, "{what}: R sorts");

    let pdf = browser.print();
    let pages = count(&pdf, b"/Type /Page") - count(&pdf, b"/Type /Pages");
    assert_eq!(json!(pages), slides, "{what}: a slide a sheet");
}

fn count(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len()).filter(|window| *window == part).count()
}

/// Tables by their headings, charts by their buttons; and the answer comes first.
fn a_page_sorts(browser: &mut Browser) {
    let first = "document.querySelector('.answer figure') !== null && document.querySelector('.answer').compareDocumentPosition(document.querySelector('nav')) === 4";
    assert_eq!(browser.value(first), json!(true), "the answer and its picture come before the contents");
    assert_eq!(browser.value("document.querySelectorAll('[aria-sort=none]').length > 0"), json!(true));
    let order = "[...document.querySelectorAll('table.sortable')][0].tBodies[0].rows[0].cells[0].textContent";
    let before = browser.value(order);
    let click = "document.querySelector('table.sortable thead button').click()";
    browser.value(click);
    let once = browser.value(order);
    browser.value(click);
    let twice = browser.value(order);
    assert!(once != twice && [&once, &twice].iter().any(|order| **order != before), "{before} {once} {twice}");
    let label = "document.querySelector('figure button.sort').textContent";
    let said: Vec<Value> = (0..3)
        .map(|_| {
            browser.value("document.querySelector('figure button.sort').click()");
            browser.value(label)
        })
        .collect();
    assert_eq!(said, ["Rows by value", "Rows by name", "Rows as drawn"]);
}
