//! A headless browser, driven over the pipe that Chromium has for it: no port is opened, and nothing more is linked.

use base64::Engine;
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than any answer takes, on a machine that does something else, too.
const PATIENCE: Duration = Duration::from_secs(40);

/// What makes it ask nobody for anything.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
];

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    asking: File,
    answers: Receiver<Value>,
    session: Value,
    number: u64,
    /// What it told unasked since the last page was opened.
    events: Vec<Value>,
    _folder: TempDir,
}

impl Browser {
    /// Starts the one that is installed; if none is, or it does not run here, why.
    pub(crate) fn start() -> Result<Self, String> {
        let installed =
            |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
        let name = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(installed);
        let name = name.ok_or("no Chromium is installed")?;
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let [to, from] = ["to", "from"].map(|name| folder.path().join(name));
        let made = Command::new("mkfifo").args([&to, &from]).status();
        if !made.is_ok_and(|status| status.success()) {
            return Err("mkfifo makes no pipes here".to_owned());
        }
        // Both ends are opened both ways, so that nobody waits for the other.
        let open =
            |path: &Path| OpenOptions::new().read(true).write(true).open(path).map_err(|error| error.to_string());
        let (asking, answering) = (open(&to)?, open(&from)?);
        // It asks on descriptor 3, and answers on 4.
        let child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<\"$TO\" 4>\"$FROM\"", "sh", name])
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg("about:blank")
            .env("TO", &to)
            .env("FROM", &from)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answering).split(0) {
                let Some(message) = message.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let session = Value::Null;
        let mut browser = Self { child, asking, answers, session, number: 0, events: Vec::new(), _folder: folder };
        browser.attach()?;
        Ok(browser)
    }

    fn attach(&mut self) -> Result<(), String> {
        let targets = self.try_ask("Target.getTargets", json!({}))?;
        let pages = targets["targetInfos"].as_array().cloned().unwrap_or_default();
        let page = pages.iter().find(|target| target["type"] == "page").ok_or("it has no page")?;
        let page = json!({"targetId": page["targetId"], "flatten": true});
        self.session = self.try_ask("Target.attachToTarget", page)?["sessionId"].clone();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.try_ask(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(())
    }

    /// A question of its protocol, and the answer.
    pub(crate) fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.try_ask(method, parameters).unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    fn try_ask(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": parameters});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        let bytes = [message.to_string().as_bytes(), b"\0"].concat();
        self.asking.write_all(&bytes).map_err(|error| error.to_string())?;
        loop {
            let told = self.next()?;
            if told["id"] != json!(self.number) {
                self.events.push(told);
            } else if told["error"].is_null() {
                return Ok(told["result"].clone());
            } else {
                return Err(told["error"].to_string());
            }
        }
    }

    fn next(&self) -> Result<Value, String> {
        self.answers.recv_timeout(PATIENCE).map_err(|_| format!("it says nothing for {} s", PATIENCE.as_secs()))
    }

    /// What a window of that size shows, in light or dark.
    pub(crate) fn look(&mut self, (width, height): (u32, u32), dark: bool) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < height});
        self.ask("Emulation.setDeviceMetricsOverride", size);
        let scheme = json!({"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }});
        self.ask("Emulation.setEmulatedMedia", json!({"media": "", "features": [scheme]}));
    }

    /// Opens a file, and waits until it is there.
    pub(crate) fn open(&mut self, path: &Path) {
        self.events.clear();
        self.ask("Page.navigate", json!({"url": format!("file://{}", path.display())}));
        let until = Instant::now() + PATIENCE;
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            assert!(Instant::now() < until, "{} is not loaded", path.display());
            let event = self.next().unwrap();
            self.events.push(event);
        }
    }

    /// The value of an expression in the page; a promise is waited for.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let question =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true});
        let answer = self.ask("Runtime.evaluate", question);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// A key, as somebody presses it.
    pub(crate) fn press(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            self.ask("Input.dispatchKeyEvent", json!({"type": kind, "key": key}));
        }
    }

    /// The page as it is printed.
    pub(crate) fn print(&mut self) -> Vec<u8> {
        let data = self.ask("Page.printToPDF", json!({"printBackground": true, "preferCSSPageSize": true}));
        base64::engine::general_purpose::STANDARD.decode(data["data"].as_str().unwrap()).unwrap()
    }

    /// What the console, the policy and the script engine complained of since the page was opened, and what was requested.
    pub(crate) fn complaints_and_requests(&self) -> (Vec<String>, Vec<String>) {
        let complains = |event: &&Value| {
            let method = event["method"].as_str().unwrap_or_default();
            ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].contains(&method)
        };
        let complaints = self.events.iter().filter(complains).map(|event| event["params"].to_string()).collect();
        let requests = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        let url = |event: &Value| event["params"]["request"]["url"].as_str().unwrap_or_default().to_owned();
        (complaints, requests.map(url).collect())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
