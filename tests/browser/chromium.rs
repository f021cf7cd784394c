//! One Chromium with its driver, both ours alone and gone at the end.

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a page may take to show what it should.
const PATIENCE: Duration = Duration::from_secs(20);

const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    // Root in a container may not open Chromium's own sandbox; the pages are ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--window-size=1280,900",
];

/// How a page is looked at.
const VIEWS: [(&str, u32, u32); 2] = [("mobile", 390, 844), ("desktop", 1280, 900)];

/// A browser window.
pub struct Browser {
    pub client: Client,
    driver: Child,
    port: u16,
    downloads: TempDir,
    _profile: TempDir,
}

/// A command that WebDriver does not have and chromedriver does.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _url: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// The driver and the browser, or why there is no test.
fn programs() -> Result<(PathBuf, PathBuf), String> {
    if std::env::var_os("THUNGAN_SKIP_BROWSER").is_some_and(|value| value == "1") {
        return Err("THUNGAN_SKIP_BROWSER=1".to_owned());
    }
    let program = |variable: &str, usual: &str| {
        let path = std::env::var_os(variable).map_or_else(|| PathBuf::from(usual), PathBuf::from);
        if path.is_file() {
            return Ok(path);
        }
        let why = format!("{} is not there; set {variable}", path.display());
        assert!(std::env::var_os("CI").is_none(), "{why}");
        Err(why)
    };
    Ok((
        program("THUNGAN_CHROMEDRIVER", "/usr/bin/chromedriver")?,
        program("THUNGAN_CHROMIUM", "/usr/bin/chromium")?,
    ))
}

impl Browser {
    /// A fresh browser; `None`, said aloud, where the browser tests are skipped.
    pub async fn open() -> Option<Self> {
        Self::with(json!({})).await
    }

    /// A fresh browser that runs no page's script.
    pub async fn without_javascript() -> Option<Self> {
        Self::with(json!({"profile.managed_default_content_settings.javascript": 2})).await
    }

    async fn with(preferences: Value) -> Option<Self> {
        let (chromedriver, chromium) = match programs() {
            Ok(programs) => programs,
            Err(why) => {
                eprintln!("SKIPPED, no browser: {why}");
                return None;
            }
        };
        let profile = tempfile::tempdir().unwrap();
        let (mut driver, port) = start(&chromedriver, profile.path());
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!(
            "--user-data-dir={}",
            profile.path().join("profile").display()
        ));
        let wanted = json!({
            "browserName": "chrome",
            // A dialog stays open until a test has seen it.
            "unhandledPromptBehavior": "ignore",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": chromium, "args": arguments, "prefs": preferences},
        });
        let capabilities: Capabilities = wanted.as_object().unwrap().clone();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        let client = client.unwrap_or_else(|error| {
            quit(&mut driver, port);
            panic!("no browser session: {error}");
        });
        let browser = Self {
            client,
            driver,
            port,
            downloads: tempfile::tempdir().unwrap(),
            _profile: profile,
        };
        browser
            .devtools(
                "Browser.setDownloadBehavior",
                json!({"behavior": "allow", "downloadPath": browser.downloads.path()}),
            )
            .await;
        Some(browser)
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        let path = "goog/cdp/execute";
        self.client
            .issue_cmd(Own { path, body })
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// What a script's expression is worth on the page.
    pub async fn value(&self, expression: &str) -> Value {
        self.client
            .execute(&format!("return ({expression})"), Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until `condition` is true on the page.
    pub async fn until(&self, condition: &str) {
        let began = Instant::now();
        while self.value(condition).await != json!(true) {
            if began.elapsed() > PATIENCE {
                let text = self.value("document.body.innerText").await;
                panic!("never true: {condition}\n{}", text.as_str().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the page's content says `text`.
    pub async fn until_said(&self, text: &str) {
        let quoted = json!(text);
        self.until(&format!(
            "document.querySelector('main').innerText.includes({quoted})"
        ))
        .await;
    }

    /// What a person reads on the page.
    pub async fn text(&self) -> String {
        let main = self.client.find(Locator::Css("main")).await.unwrap();
        main.text().await.unwrap()
    }

    /// Whether the page has something that `selector` names.
    pub async fn has(&self, selector: &str) -> bool {
        let found = self.client.find_all(Locator::Css(selector)).await.unwrap();
        !found.is_empty()
    }

    pub async fn press(&self, selector: &str) {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.click().await.unwrap();
    }

    /// The text of a dialog that a script opened.
    pub async fn dialog(&self) -> Option<String> {
        match self.client.get_alert_text().await {
            Ok(text) => Some(text),
            Err(error) if error.is_no_such_alert() => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// What the console has said since the last look.
    pub async fn console(&self) -> Vec<String> {
        let body = json!({"type": "browser"});
        let path = "se/log";
        let entries = self.client.issue_cmd(Own { path, body }).await.unwrap();
        let entries = entries.as_array().unwrap();
        entries
            .iter()
            .map(|entry| format!("{}: {}", entry["level"], entry["message"]))
            .collect()
    }

    /// The text of the code that the page shows, read from its pixels; `None` when it shows none.
    pub async fn scan(&self) -> Option<String> {
        let began = Instant::now();
        loop {
            let image = self.client.find(Locator::Css(".qr img")).await.ok()?;
            // A half that is in view would not be scrolled to; and loaded and drawn are two moments.
            let show = "arguments[0].scrollIntoView({block: 'center'})";
            let itself = serde_json::to_value(image.clone()).unwrap();
            self.client.execute(show, vec![itself]).await.unwrap();
            let shot = image.screenshot().await.unwrap();
            if let Some(text) = scan_png(&shot) {
                return Some(text);
            }
            assert!(
                began.elapsed() < PATIENCE,
                "the code on the page does not read"
            );
        }
    }

    /// Waits for a file to arrive among the downloads.
    pub async fn downloaded(&self, name: &str) -> Vec<u8> {
        let file = self.downloads.path().join(name);
        let began = Instant::now();
        while !file.is_file() {
            let there = std::fs::read_dir(self.downloads.path()).unwrap();
            let there: Vec<_> = there.map(|entry| entry.unwrap().file_name()).collect();
            assert!(began.elapsed() < PATIENCE, "no {name}, only {there:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        std::fs::read(file).unwrap()
    }

    /// Pictures of the whole page: on a telephone and on a desk, by day and by night.
    pub async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        self.value("window.scrollTo(0, 0)").await;
        for (view, width, height) in VIEWS {
            self.devtools(
                "Emulation.setDeviceMetricsOverride",
                json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": view == "mobile"}),
            )
            .await;
            for scheme in ["light", "dark"] {
                self.devtools(
                    "Emulation.setEmulatedMedia",
                    json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
                )
                .await;
                let shot = self
                    .devtools(
                        "Page.captureScreenshot",
                        json!({"captureBeyondViewport": true, "clip": self.whole_page().await}),
                    )
                    .await;
                let bytes = decode_base64(shot["data"].as_str().unwrap());
                std::fs::write(folder.join(format!("{name}-{view}-{scheme}.png")), bytes).unwrap();
            }
            let across = self.whole_page().await["width"].as_f64().unwrap();
            assert!(
                across <= f64::from(width),
                "{name}: {across} pixels wide on {view}"
            );
        }
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({}))
            .await;
        self.devtools("Emulation.setEmulatedMedia", json!({"features": []}))
            .await;
    }

    async fn whole_page(&self) -> Value {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = &metrics["cssContentSize"];
        json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
    }

    /// Whether a person sees what `selector` names.
    pub async fn shows(&self, selector: &str) -> bool {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.is_displayed().await.unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        quit(&mut self.driver, self.port);
    }
}

/// Starts the driver on a free port, which it names on its standard output.
///
/// What the browser writes beside its profile goes into `folder` too, and ends with it.
fn start(chromedriver: &Path, folder: &Path) -> (Child, u16) {
    let mut driver = Command::new(chromedriver)
        .args(["--port=0", "--log-level=WARNING"])
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // An interrupt at the terminal reaches us, and we end the driver in order.
        .process_group(0)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        })
        .expect("chromedriver names no port");
    std::thread::spawn(move || lines.for_each(drop));
    (driver, port)
}

/// Ends the driver, which ends its browser. Blocking, so that it also works in the middle of a panic.
fn quit(driver: &mut Child, port: u16) {
    if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let _ = stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        let _ = stream.read(&mut [0; 512]);
    }
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        if let Ok(Some(_)) = driver.try_wait() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = driver.kill();
    let _ = driver.wait();
}

fn decode_base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

/// The text of the one code in a picture.
pub fn scan_png(bytes: &[u8]) -> Option<String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let samples = frame.color_type.samples();
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        pixels[(y * width + x) * samples]
    });
    let (_, text) = image.detect_grids().first()?.decode().ok()?;
    Some(text)
}
