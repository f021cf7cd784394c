//! `thungan demo`, as a stranger meets it in the first minute.

use crate::chromium::Browser;
use fantoccini::Locator;
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The demo as a process of its own.
pub struct Demo {
    child: Child,
    folder: TempDir,
    pub base_url: String,
    pub key: String,
}

impl Demo {
    pub async fn start() -> Self {
        gateway::startup::install_crypto();
        let folder = tempfile::tempdir().unwrap();
        let ready_file = folder.path().join("ready.json");
        let log = std::fs::File::create(folder.path().join("log.txt")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_thungan"))
            .args(["demo", "--port", "0", "--data"])
            .arg(folder.path().join("data"))
            .arg("--ready-file")
            .arg(&ready_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut demo = Self {
            child,
            folder,
            base_url: String::new(),
            key: String::new(),
        };
        let began = Instant::now();
        let ready: Value = loop {
            if let Ok(text) = std::fs::read_to_string(&ready_file) {
                break serde_json::from_str(&text).unwrap();
            }
            assert!(
                demo.child.try_wait().unwrap().is_none()
                    && began.elapsed() < Duration::from_secs(60),
                "the demo does not serve"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        demo.base_url = ready["base_url"].as_str().unwrap().to_owned();
        demo.key = ready["api_key"].as_str().unwrap().to_owned();
        demo
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log.txt"));
            eprintln!("--- the demo's log\n{}", log.unwrap_or_default());
        }
    }
}

/// Fills the form and sends it; the request's id.
async fn create(browser: &Browser, dossier: &str) -> String {
    let form = browser
        .client
        .form(Locator::Css("form.create"))
        .await
        .unwrap();
    let form = form.set_by_name("dossier", dossier).await.unwrap();
    form.set_by_name("payer_name", "Nguyễn Thị Mẫu")
        .await
        .unwrap();
    browser.press(".choice:nth-of-type(2) input").await;
    browser.press("form.create button").await;
    browser
        .until_said(&format!("Đã lập yêu cầu: {dossier}"))
        .await;
    let id = browser
        .value("document.querySelector('.requests li').id")
        .await;
    id.as_str().unwrap().to_owned()
}

/// The list's row of a request.
fn row(id: &str, says: &str) -> String {
    format!(
        "document.getElementById('{id}').innerText.includes({})",
        json!(says)
    )
}

/// The page without the clock: the books and the state of a request.
async fn facts(browser: &Browser, id: &str) -> Value {
    browser
        .value(&format!(
            "[document.getElementById('ledger').innerText, document.getElementById('{id}').innerText]"
        ))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser_the_demo_goes_from_a_form_to_balanced_books() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let demo = Demo::start().await;
    browser.goto(&format!("{}/", demo.base_url)).await;
    assert_eq!(browser.client.current_url().await.unwrap().path(), "/shop");
    browser.until_said("Chưa có yêu cầu nào").await;
    browser.picture("shop-empty-vi").await;

    let id = create(&browser, "H29-MAU-1").await;
    let shop = browser.client.window().await.unwrap();
    // Opens the payer's page beside the shop.
    browser.press(&format!("#payer-{id}")).await;
    let windows = browser.client.windows().await.unwrap();
    let payer = windows.into_iter().find(|window| *window != shop).unwrap();
    browser
        .client
        .switch_to_window(payer.clone())
        .await
        .unwrap();
    browser.until_said("Năm mươi nghìn đồng").await;
    assert!(browser.scan().await.is_some());
    browser.value("window.mark = 1").await;

    browser.client.switch_to_window(shop.clone()).await.unwrap();
    browser.value("window.mark = 1").await;
    browser.press(&format!("#{id}-exact")).await;
    browser.until(&row(&id, "Đã thanh toán")).await;
    browser
        .until("[...document.querySelectorAll('#webhooks tbody tr')].some(row => ['payment_request.paid', 'H29-MAU-1', '✓ Đúng'].every(part => row.innerText.includes(part)))")
        .await;
    browser.until("document.getElementById('ledger').dataset.balanced === 'true' && document.getElementById('ledger').innerText.includes('✓ Cân')").await;
    assert!(!browser.text().await.contains("✗"));
    assert_eq!(
        browser.value("window.mark").await,
        1,
        "the shop was reloaded"
    );
    browser.picture("shop-paid-vi").await;
    browser.client.switch_to_window(payer).await.unwrap();
    browser.until_said("Đơn vị thu đã nhận đủ tiền").await;
    assert_eq!(
        browser.value("window.mark").await,
        1,
        "the payer's page was reloaded"
    );
    browser.client.switch_to_window(shop).await.unwrap();

    let second = create(&browser, "H29-MAU-2").await;
    let before = facts(&browser, &second).await;
    browser.press(&format!("#{second}-forged_signature")).await;
    browser.until_said("bị từ chối (HTTP 401)").await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(facts(&browser, &second).await, before);
    browser.picture("shop-forged-vi").await;

    browser.press(&format!("#{second}-mangled_memo")).await;
    browser.until(&row(&second, "Đã thanh toán")).await;
    browser.until_said("được tiếp nhận (HTTP 200)").await;

    for (scenario, dossier, state) in [
        ("short", "H29-MAU-3", "Chưa đủ tiền"),
        ("over", "H29-MAU-4", "Thừa tiền"),
        ("twice", "H29-MAU-5", "Thừa tiền"),
        ("duplicate", "H29-MAU-6", "Đã thanh toán"),
    ] {
        let id = create(&browser, dossier).await;
        browser.press(&format!("#{id}-{scenario}")).await;
        browser.until(&row(&id, state)).await;
    }
    // A payer who pays once more, although nothing is asked any more, makes a surplus.
    browser.press(&format!("#{second}-exact")).await;
    browser.until(&row(&second, "Thừa tiền")).await;
    browser
        .until("document.getElementById('ledger').innerText.includes('✓ Cân')")
        .await;
    browser.picture("shop-full-vi").await;
    browser.press(".language a").await;
    browser
        .until("document.documentElement.lang === 'en'")
        .await;
    browser.until_said("Balanced").await;
    browser.picture("shop-full-en").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}
