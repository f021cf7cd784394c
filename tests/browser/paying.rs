//! The payer's page, from the first look to paid.

use crate::chromium::{Browser, scan_png};
use crate::support::{ACCOUNT, Gateway, bank};
use fantoccini::Locator;
use reqwest::Method;
use serde_json::{Value, json};

pub const PAYEE: &str = "TRUNG TAM HANH CHINH CONG MAU";

/// The simulated bank pays what the code asks for, changed by `order`.
pub async fn pay(gateway: &Gateway, request: &Value, order: Value) {
    let mut body = json!({"qr_payload": request["qr"]["payload"]});
    for (name, value) in order.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = gateway
        .call(Method::POST, "/v1/simulator/transfers", Some(body))
        .await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
}

pub fn page(request: &Value) -> &str {
    request["checkout_url"].as_str().unwrap()
}

async fn ask(gateway: &Gateway) -> Value {
    gateway
        .ask(json!({
            "lines": [
                {"item": "CT-CHUKY", "quantity": 2},
                {"description": "Cấp bản sao trích lục hộ tịch", "amount": 59_000},
            ],
            "description": "Hồ sơ H29.25-251103-0007",
            "expires_at": bank::now().plus_seconds(15 * 60),
        }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_all_that_a_payer_needs_and_turns_to_paid_without_a_reload() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    let request = ask(&gateway).await;
    let memo = request["memo"].as_str().unwrap();
    browser.goto(page(&request)).await;

    assert_eq!(browser.value("document.documentElement.lang").await, "vi");
    let text = browser.text().await;
    for wanted in [
        "79.000 đ",
        "Bảy mươi chín nghìn đồng",
        PAYEE,
        "Vietcombank",
        memo,
        "Hồ sơ H29.25-251103-0007",
        "Cấp bản sao trích lục hộ tịch",
        "Chế độ thử nghiệm",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    let number = browser.value("document.querySelector('.fields .number').textContent");
    assert_eq!(number.await, ACCOUNT);
    assert!(browser.shows(".fields .number").await);
    // The code on the screen is the code of the API, read from the screen's pixels.
    let payload = request["qr"]["payload"].as_str().unwrap();
    assert_eq!(browser.scan().await.as_deref(), Some(payload));
    browser.picture("checkout-open-vi").await;
    assert_eq!(browser.scan().await.as_deref(), Some(payload));

    browser
        .devtools(
            "Browser.grantPermissions",
            json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
        )
        .await;
    for (button, copied) in [
        ("#copy-account", ACCOUNT),
        ("#copy-payee", PAYEE),
        ("#copy-amount", "79000"),
        ("#copy-memo", memo),
    ] {
        browser.press(button).await;
        browser
            .until(&format!(
                "document.querySelector('{button}').innerText.includes('Đã chép')"
            ))
            .await;
        let clipboard =
            "const done = arguments[0]; navigator.clipboard.readText().then(done, done)";
        let clipboard = browser.client.execute_async(clipboard, Vec::new());
        assert_eq!(clipboard.await.unwrap(), copied, "{button}");
    }
    let announced = browser.value("document.getElementById('announcer').textContent");
    assert_eq!(announced.await, "Đã chép");

    browser.press("#save-qr").await;
    let reference = request["reference"].as_str().unwrap();
    let saved = browser.downloaded(&format!("vietqr-{reference}.png")).await;
    assert_eq!(scan_png(&saved).as_deref(), Some(payload));

    let left = "document.querySelector('[data-countdown]').innerText";
    browser
        .until(&format!("/^1[45]:[0-5][0-9]$/.test({left})"))
        .await;
    let before = browser.value(left).await;
    browser.until(&format!("{left} !== {before}")).await;

    browser.press(".language a").await;
    browser
        .until("document.documentElement.lang === 'en'")
        .await;
    let english = browser.text().await;
    for wanted in ["79,000 đ", "Seventy-nine thousand", "Copy", "Time left"] {
        assert!(english.contains(wanted), "no {wanted:?} in\n{english}");
    }
    browser.picture("checkout-open-en").await;

    browser.value("window.mark = 'the same page'").await;
    let title = browser.client.title().await.unwrap();
    pay(&gateway, &request, json!({"faults": ["mangle"]})).await;
    browser
        .until_said("The collecting office has received the full amount")
        .await;
    assert_eq!(browser.value("window.mark").await, "the same page");
    let paid_title = browser.client.title().await.unwrap();
    assert!(
        paid_title.starts_with("Paid") && paid_title != title,
        "{title} → {paid_title}"
    );
    assert_eq!(browser.scan().await, None);
    let announced = browser.value("document.getElementById('announcer').textContent");
    assert_eq!(announced.await, "Paid. Received: 79,000 đ");
    browser.picture("checkout-paid-en").await;
    browser.press(".language a").await;
    browser.until_said("Đã thanh toán").await;
    browser.picture("checkout-paid-vi").await;
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_javascript_shows_every_fact_and_the_truth_after_a_reload() {
    let Some(browser) = Browser::without_javascript().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    let request = ask(&gateway).await;
    browser.goto(page(&request)).await;
    let source = browser.client.source().await.unwrap();
    assert!(!source.contains("class=\"script\""), "the script ran");
    let text = browser.text().await;
    for wanted in [
        "79.000 đ",
        "Bảy mươi chín nghìn đồng",
        PAYEE,
        "Vietcombank",
        request["memo"].as_str().unwrap(),
        "Hạn thanh toán",
        "Trang này không tự cập nhật vì JavaScript đang tắt.",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    for hidden in ["#copy-memo", ".waiting", ".deadline .left"] {
        let shown = browser.shows(hidden).await;
        assert!(!shown, "{hidden} promises what only a script can do");
    }
    assert!(browser.shows("#save-qr").await);
    assert_eq!(
        browser.scan().await.as_deref(),
        request["qr"]["payload"].as_str()
    );
    browser.picture("checkout-without-javascript").await;

    pay(&gateway, &request, json!({})).await;
    gateway.until(request["id"].as_str().unwrap(), "paid").await;
    assert!(!browser.text().await.contains("Đã thanh toán"));
    let reload = browser.client.find(Locator::LinkText("Tải lại"));
    reload.await.unwrap().click().await.unwrap();
    assert!(browser.text().await.contains("Đã thanh toán"));
    assert!(!browser.has(".qr img").await);
}
