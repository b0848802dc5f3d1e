//! A browser that a test drives: Chromium without a window, through chromedriver, whose
//! protocol (`WebDriver`, by the W3C) is JSON over HTTP.

use super::http;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the page may take for anything. Only what hangs takes that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// One window of a browser; both end with it.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

/// A program by the name that the environment gives, or one in PATH.
fn found(variable: &str, names: &[&str]) -> Option<String> {
    let given = std::env::var(variable).ok().filter(|name| !name.is_empty());
    let mut all = given.into_iter().chain(names.iter().map(|name| (*name).to_owned()));
    all.find(|name| {
        let tried = Command::new(name).arg("--version").stderr(Stdio::null()).output();
        tried.is_ok_and(|out| out.status.success())
    })
}

impl Browser {
    /// A new window, or why there can be none.
    pub fn start(width: u32, height: u32) -> Result<Self, String> {
        let browser = found("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]);
        let browser = browser.ok_or("there is no Chromium (tools/setup-chromium.sh)")?;
        let driver = found("CHROMEDRIVER", &["chromedriver"]);
        let driver = driver.ok_or("there is no chromedriver (tools/setup-chromium.sh)")?;
        let mut child = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver does not start: {error}"))?;
        let port = port(&mut child).ok_or("chromedriver names no port")?;
        let mut started = Self { driver: child, port, session: String::new() };
        let path = which(&browser);
        let size = format!("--window-size={width},{height}");
        // Containers often have no user namespaces and a small /dev/shm.
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", &size];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": path, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = http::request(port, "POST", "/session", Some(&wanted));
        let session = answer["sessionId"].as_str();
        let session = session.ok_or_else(|| format!("no session: {answer}"))?;
        session.clone_into(&mut started.session);
        Ok(started)
    }

    /// Sends a command of the session.
    pub fn send(&self, command: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{command}", self.session);
        let answer = http::request(self.port, "POST", &path, Some(body));
        assert!(answer.get("error").is_none_or(Value::is_null), "{command}: {answer}");
        answer
    }

    /// Opens a page and waits until it is drawn.
    pub fn open(&self, address: &str) {
        // Another fragment alone loads nothing.
        self.send("url", &json!({"url": "about:blank"}));
        self.send("url", &json!({"url": address}));
        self.wait("the page is ready", "return document.documentElement.dataset.ready");
    }

    /// What a function body gives, run in the page.
    pub fn run(&self, script: &str) -> Value {
        self.send("execute/sync", &json!({"script": script, "args": []}))
    }

    /// The same, as text.
    pub fn text(&self, script: &str) -> String {
        let value = self.run(script);
        value.as_str().unwrap_or_else(|| panic!("{script}: {value}")).to_owned()
    }

    /// Waits until a function body gives something true, and gives it.
    pub fn wait(&self, what: &str, script: &str) -> Value {
        let start = Instant::now();
        loop {
            let value = self.run(script);
            if !matches!(value, Value::Null | Value::Bool(false)) {
                return value;
            }
            let failed = self.run("return document.documentElement.dataset.failed");
            assert!(failed.is_null(), "{what}: {failed}");
            assert!(start.elapsed() < PATIENCE, "never happened: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Does something, and waits until the page has drawn what comes of it.
    pub fn drawn(&self, act: impl FnOnce(&Self)) {
        self.run("delete document.documentElement.dataset.drawn");
        act(self);
        self.wait("it is drawn again", "return document.documentElement.dataset.drawn");
    }

    /// Presses a key, with shift or without.
    pub fn key(&self, key: &str, shift: bool) {
        let mut steps =
            vec![json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})];
        if shift {
            steps.insert(0, json!({"type": "keyDown", "value": "\u{e008}"}));
            steps.push(json!({"type": "keyUp", "value": "\u{e008}"}));
        }
        self.act(&json!([{"type": "key", "id": "keyboard", "actions": steps}]));
    }

    /// Moves the pointer along these places, the button pressed from the first to the last
    /// where `pressed`.
    pub fn pointer(&self, places: &[(i64, i64)], pressed: bool) {
        let mut steps: Vec<Value> = places
            .iter()
            .map(|(x, y)| json!({"type": "pointerMove", "duration": 20, "x": x, "y": y}))
            .collect();
        if pressed {
            steps.insert(1, json!({"type": "pointerDown", "button": 0}));
            steps.push(json!({"type": "pointerUp", "button": 0}));
        }
        self.act(&json!([{"type": "pointer", "id": "mouse", "actions": steps}]));
    }

    /// Turns the wheel at a place, with shift or without.
    pub fn wheel(&self, (x, y): (i64, i64), turn: i64, shift: bool) {
        let turn =
            json!({"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": turn, "duration": 0});
        let pause = json!({"type": "pause"});
        let mut sources = vec![json!({"type": "wheel", "id": "wheel", "actions": [pause, turn]})];
        if shift {
            let down = json!({"type": "keyDown", "value": "\u{e008}"});
            let up = json!({"type": "keyUp", "value": "\u{e008}"});
            sources.push(json!({"type": "key", "id": "keyboard", "actions": [down, pause, up]}));
        }
        self.act(&Value::Array(sources));
    }

    fn act(&self, sources: &Value) {
        self.send("actions", &json!({"actions": sources}));
    }

    /// A command of the browser's own debugging protocol.
    pub fn debug(&self, command: &str, parameters: &Value) {
        self.send("goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    /// What the browser has to complain about: errors, and what the page's policy forbade.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.send("se/log", &json!({"type": "browser"}));
        let entries = log.as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["message"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            http::request(self.port, "DELETE", &format!("/session/{}", self.session), None);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The port that chromedriver says it has. The rest of what it says is thrown away, so
/// that it never waits for a reader.
fn port(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take()?).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    std::thread::spawn(move || lines.for_each(drop));
    port
}

/// The path of a program: chromedriver takes no name.
fn which(name: &str) -> String {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut paths = std::env::split_paths(&folders).map(|folder| folder.join(name));
    paths
        .find(|path| path.is_file())
        .map_or_else(|| name.into(), |path| path.to_string_lossy().into())
}
