//! Strangers write names, descriptions and memos. All of it is text, and the page is nobody's frame.

use crate::chromium::Browser;
use crate::paying::{page, pay};
use crate::shop::Demo;
use crate::support::Gateway;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;

/// Each would set `window.stolen` or open a dialog if any part of it became markup.
const ATTACKS: [&str; 26] = [
    "<script>window.stolen=1;alert(1)</script>",
    "</title><script>window.stolen=1</script>",
    "</script><script>window.stolen=1</script>",
    "\"><script>window.stolen=1</script>",
    "'><script>window.stolen=1</script>",
    "<img src=x onerror=window.stolen=1>",
    "\"><img src=x onerror=\"alert(1)\">",
    "<svg onload=window.stolen=1>",
    "<svg><script>window.stolen=1</script></svg>",
    "<svg><animate onbegin=window.stolen=1 attributeName=x dur=1s>",
    "<body onload=alert(1)>",
    "<iframe srcdoc=\"<script>parent.stolen=1</script>\"></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=\"javascript:window.stolen=1\" autofocus onfocus=window.stolen=1>x</a>",
    "<input autofocus onfocus=window.stolen=1>",
    "<details open ontoggle=window.stolen=1>",
    "<video><source onerror=window.stolen=1></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form action=//evil.example><button>Trả tiền</button></form>",
    "<meta http-equiv=refresh content=\"0;url=//evil.example\">",
    "<base href=//evil.example/>",
    "<style>*{display:none}</style>",
    "\" onmouseover=\"window.stolen=1\" x=\"",
    "' autofocus onfocus='window.stolen=1",
    "{{ 7*7 }}{% raw %}${alert(1)}<!--",
    "&lt;script&gt;window.stolen=1&lt;/script&gt;&#60;script&#62;",
];

/// Nothing ran, nothing was even tried, and nothing but ours is on the page.
async fn assert_harmless(browser: &Browser, attack: &str) {
    assert_eq!(browser.dialog().await, None, "{attack}");
    assert_eq!(
        browser.value("window.stolen === undefined").await,
        true,
        "{attack}"
    );
    let foreign = "document.querySelectorAll('main script, main iframe, main style, main meta, main base, main math, main video, main object, main embed, main details, main [autofocus], main [onerror], main [onload], main [onfocus], main [onmouseover], main svg:not(.icon), main img:not(.qr img), a[href^=javascript], form[action*=evil]').length";
    assert_eq!(browser.value(foreign).await, 0, "{attack}");
    // A blocked script would be a broken escape that the policy happened to catch.
    assert_eq!(browser.console().await, Vec::<String>::new(), "{attack}");
}

async fn assert_shown(browser: &Browser, attack: &str) {
    let shown = browser
        .value("document.querySelector('main').textContent")
        .await;
    assert!(
        shown.as_str().unwrap().contains(attack),
        "{attack} is not shown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_hostile_words_to_the_payer_as_words() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    for attack in ATTACKS {
        let request = gateway
            .ask(json!({
                "lines": [{"description": attack, "amount": 20_000}],
                "description": attack,
                "payer": {"name": attack},
            }))
            .await;
        browser.goto(page(&request)).await;
        assert_shown(&browser, attack).await;
        assert_harmless(&browser, attack).await;
        if attack == ATTACKS[6] {
            browser.picture("checkout-hostile-vi").await;
        }
        // The bank adds the payer's own words to the memo.
        let memo = format!("{} {attack}", request["reference"].as_str().unwrap());
        let order = json!({"qr_payload": null, "account_number": crate::support::ACCOUNT, "amount": 20_000, "memo": memo});
        pay(&gateway, &request, order).await;
        browser
            .until("document.querySelector('main').dataset.status === 'paid'")
            .await;
        assert_shown(&browser, attack).await;
        assert_harmless(&browser, attack).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_hostile_words_in_the_demo_as_words() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let demo = Demo::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for attacks in ATTACKS.chunks(6) {
        for attack in attacks {
            let ask = json!({
                "external_id": attack, "amount": 20_000, "description": attack,
                "payer": {"name": attack},
            });
            let asked = client.post(format!("{}/v1/payment-requests", demo.base_url));
            let asked = asked
                .bearer_auth(&demo.key)
                .json(&ask)
                .send()
                .await
                .unwrap();
            assert_eq!(asked.status().as_u16(), 201);
            let asked: Value = asked.json().await.unwrap();
            let memo = format!("{attack} {}", asked["reference"].as_str().unwrap());
            let order = json!({"account_number": asked["payee_account"]["account_number"], "amount": 20_000, "memo": memo});
            let paid = client.post(format!("{}/v1/simulator/transfers", demo.base_url));
            let paid = paid
                .bearer_auth(&demo.key)
                .json(&order)
                .send()
                .await
                .unwrap();
            assert_eq!(paid.status().as_u16(), 201);
        }
        browser.goto(&format!("{}/shop", demo.base_url)).await;
        for attack in attacks {
            assert_shown(&browser, attack).await;
        }
        let last = json!(attacks.last().unwrap());
        // In the webhooks too, which shop.js brings in later.
        browser
            .until(&format!(
                "document.getElementById('webhooks').textContent.includes({last})"
            ))
            .await;
        assert_harmless(&browser, attacks[0]).await;
    }
    browser.picture("shop-hostile-vi").await;
}

/// A stranger's site on another port, whose page frames ours and one of its own.
fn stranger(victim: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let page = format!(
        "<!doctype html><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Khuyến mãi</title><iframe src=\"{victim}\" height=600></iframe><iframe src=\"/own\"></iframe>"
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or_default();
            let own = head[..read].starts_with(b"GET /own");
            let body = if own {
                "<main>của người lạ</main>"
            } else {
                page.as_str()
            };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_refuses_to_show_the_payers_page_inside_a_strangers() {
    let Some(browser) = Browser::open().await else {
        return;
    };
    let gateway = Gateway::on_sqlite().await;
    let request = gateway.ask_for(50_000).await;
    browser.goto(&stranger(page(&request))).await;
    let refused = browser.console().await;
    assert!(
        refused
            .iter()
            .any(|line| line.contains("frame-ancestors 'none'")),
        "{refused:?}"
    );
    browser.client.enter_frame(0).await.unwrap();
    assert!(!browser.has("main").await, "our page is in the frame");
    assert!(!browser.client.source().await.unwrap().contains("50.000"));
    browser.client.enter_parent_frame().await.unwrap();
    // The stranger's own frame works: it is our refusal that emptied the other.
    browser.client.enter_frame(1).await.unwrap();
    assert!(browser.has("main").await);
    browser.client.enter_parent_frame().await.unwrap();
    browser.picture("stranger-frames-us").await;
}
