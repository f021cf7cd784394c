//! What a payer reads when a payment does not go straight from open to paid.

use crate::chromium::Browser;
use crate::paying::{PAYEE, page, pay};
use crate::support::{ACCOUNT, Gateway, bank};
use reqwest::Method;
use serde_json::json;

/// The page must not lead anybody to send money: no code, no account, nothing to copy.
async fn assert_asks_for_nothing(browser: &Browser, gateway: &Gateway) {
    assert_eq!(browser.scan().await, None);
    for selector in [".qr", "#save-qr", "[data-copy]", "img"] {
        assert!(!browser.has(selector).await, "{selector} is still there");
    }
    let text = browser.text().await;
    assert!(!text.contains(PAYEE) && !text.contains(ACCOUNT), "{text}");
    // Nor does the address of the picture, which a payer may have kept.
    let page = browser.client.current_url().await.unwrap();
    for picture in ["qr.png", "qr.svg"] {
        let address = format!("{}{}/{picture}", gateway.base_url, page.path());
        let answer = gateway.client.get(&address).send().await.unwrap();
        assert!(
            answer.status().is_client_error(),
            "{address}: {}",
            answer.status()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_asks_for_what_is_missing_and_for_nothing_more() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    let request = gateway.ask_for(50_000).await;
    browser.goto(page(&request)).await;
    browser.value("window.mark = 1").await;

    pay(&gateway, &request, json!({"faults": ["short"]})).await;
    browser.until_said("Đã nhận một phần").await;
    let text = browser.text().await;
    for wanted in [
        "Chưa đủ tiền",
        "Số tiền còn thiếu",
        "1.000 đ",
        "Một nghìn đồng",
        "49.000 đ",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    let code = vietqr::decode(&browser.scan().await.unwrap());
    assert_eq!(code.payable().unwrap().amount.unwrap().get(), 1_000);
    browser.picture("checkout-underpaid-vi").await;

    pay(&gateway, &request, json!({"amount": 1_000})).await;
    browser.until_said("Đơn vị thu đã nhận đủ tiền").await;
    assert!(browser.text().await.contains("50.000 đ"));
    assert_asks_for_nothing(&browser, &gateway).await;
    assert_eq!(browser.value("window.mark").await, 1);
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_says_what_was_paid_too_much_and_whose_it_is() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    let request = gateway.ask_for(50_000).await;
    browser.goto(page(&request)).await;
    pay(&gateway, &request, json!({"faults": ["over"]})).await;
    browser.until_said("Đã thanh toán, có tiền thừa").await;
    let text = browser.text().await;
    let reference = request["reference"].as_str().unwrap();
    for wanted in ["51.000 đ", "1.000 đ", "Tiền thừa là của bạn", reference] {
        assert!(text.contains(wanted), "no {wanted:?} in\n{text}");
    }
    assert_asks_for_nothing(&browser, &gateway).await;
    browser.picture("checkout-overpaid-vi").await;
    browser.press(".language a").await;
    browser.until_said("The surplus is yours").await;
    browser.picture("checkout-overpaid-en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_stops_asking_at_the_deadline_and_still_shows_late_money() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    let expiry = bank::now().plus_seconds(4);
    let request = gateway
        .ask(json!({"amount": 30_000, "expires_at": expiry}))
        .await;
    browser.goto(page(&request)).await;
    browser.value("window.mark = 1").await;
    assert!(browser.has(".qr img").await);
    browser.until_said("Đã hết hạn thanh toán").await;
    let text = browser.text().await;
    assert!(text.contains("Vui lòng không chuyển khoản"), "{text}");
    assert_asks_for_nothing(&browser, &gateway).await;
    browser.picture("checkout-expired-vi").await;

    pay(&gateway, &request, json!({})).await;
    browser
        .until_said("Tiền đến sau hạn nhưng vẫn được ghi nhận đầy đủ")
        .await;
    assert_asks_for_nothing(&browser, &gateway).await;
    assert_eq!(browser.value("window.mark").await, 1);
    browser.picture("checkout-late-vi").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_says_cancelled_while_the_payer_still_looks_at_the_code() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    let request = gateway.ask_for(50_000).await;
    browser.goto(page(&request)).await;
    assert!(browser.has(".qr img").await);
    let path = format!(
        "/v1/payment-requests/{}/cancel",
        request["id"].as_str().unwrap()
    );
    let cancelled = gateway.call(Method::POST, &path, None).await;
    assert_eq!(cancelled.status.as_u16(), 200, "{}", cancelled.text);
    browser
        .until_said("Yêu cầu đã hủy. Đừng chuyển khoản.")
        .await;
    assert!(browser.client.title().await.unwrap().contains("đã hủy"));
    assert_asks_for_nothing(&browser, &gateway).await;
    browser.picture("checkout-cancelled-vi").await;
    browser.press(".language a").await;
    browser.until_said("Cancelled. Do not pay.").await;
    browser.picture("checkout-cancelled-en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_with_a_wrong_link_gets_a_page_that_warns() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    browser
        .goto(&format!("{}/pay/{}", gateway.base_url, "0".repeat(32)))
        .await;
    browser.until_said("Không tìm thấy trang").await;
    assert!(browser.text().await.contains("Không chuyển tiền"));
    assert_asks_for_nothing(&browser, &gateway).await;
    browser.picture("checkout-wrong-link-vi").await;
}
