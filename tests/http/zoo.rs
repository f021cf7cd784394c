//! Receivers of every bad kind at once: what each costs itself, and that it costs nobody else anything.

use crate::support::portal::Portal;
use crate::support::{Gateway, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a receiver does with a request.
#[derive(Clone)]
enum Manner {
    /// Answers this and closes.
    Says(String),
    /// Answers a head, and then a body that never ends.
    Endless,
    /// Answers 200, and then one byte of its body at a time.
    DripsBody,
    /// Never finishes its head.
    DripsHead,
    /// Takes the request and says nothing.
    Silent,
    /// Counts who comes, and closes.
    Trap(Arc<AtomicUsize>),
}

/// Listens on a free port; the address without a scheme.
async fn receiver(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(behave(stream, manner.clone()));
        }
    });
    address
}

async fn behave(mut stream: TcpStream, manner: Manner) -> std::io::Result<()> {
    if let Manner::Trap(count) = &manner {
        count.fetch_add(1, Ordering::SeqCst);
        return Ok(());
    }
    let mut request = [0; 16 * 1024];
    let _ = stream.read(&mut request).await?;
    let pause = || tokio::time::sleep(Duration::from_millis(50));
    match manner {
        Manner::Says(text) => stream.write_all(text.as_bytes()).await,
        Manner::Endless => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
                .await?;
            loop {
                stream.write_all(&[b'x'; 8 * 1024]).await?;
            }
        }
        Manner::DripsBody => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
                .await?;
            loop {
                stream.write_all(b"y").await?;
                pause().await;
            }
        }
        Manner::DripsHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx-slow: ").await?;
            loop {
                stream.write_all(b"z").await?;
                pause().await;
            }
        }
        Manner::Silent => {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Ok(())
        }
        Manner::Trap(_) => Ok(()),
    }
}

fn says(head: &str, body: &str) -> Manner {
    let length = body.len();
    Manner::Says(format!(
        "HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
}

/// The first attempt of a delivery to each endpoint, once there is one.
async fn first_attempts(
    gateway: &Gateway,
    endpoints: &BTreeMap<&str, String>,
) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (name, id) in endpoints {
        for _ in 0..3_000 {
            let path = format!("/v1/webhook-deliveries?endpoint_id={id}&limit=200");
            let list = gateway.get(&path).await;
            let tried = list["data"]
                .as_array()
                .unwrap()
                .iter()
                .find(|one| one["attempts"] != 0)
                .cloned();
            if let Some(tried) = tried {
                let id = tried["id"].as_str().unwrap();
                found.insert(
                    (*name).to_owned(),
                    gateway.get(&format!("/v1/webhook-deliveries/{id}")).await,
                );
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    found
}

on_both_engines! {
    async fn no_bad_receiver_delays_a_good_one_and_each_is_treated_as_it_deserves(gateway: &Gateway) {
        let trapped = Arc::new(AtomicUsize::new(0));
        let trap = receiver(Manner::Trap(trapped.clone())).await;
        let redirect = format!("302 Found\r\nlocation: http://{trap}/metadata");
        let secret = "<script>alert(1)</script>\u{1b}[31m\u{0}";
        let kinds = [
            ("error", "http", says("500 Internal Server Error", secret)),
            ("busy", "http", says("429 Too Many Requests\r\nretry-after: 120", "")),
            ("gone", "http", says("410 Gone", "")),
            ("redirect", "http", says(&redirect, "")),
            ("endless", "http", Manner::Endless),
            ("drips body", "http", Manner::DripsBody),
            ("drips head", "http", Manner::DripsHead),
            ("silent", "http", Manner::Silent),
            ("no TLS", "https", says("200 OK", "")),
            ("squeezed", "http", says("200 OK\r\ncontent-encoding: gzip", "not gzip at all")),
        ];
        let mut endpoints = BTreeMap::new();
        for (name, scheme, manner) in kinds {
            let body = json!({"url": format!("{scheme}://{}/hooks", receiver(manner).await)});
            let made = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(body)).await;
            endpoints.insert(name, made.json["id"].as_str().unwrap().to_owned());
        }
        let good = Portal::listen();
        gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": good.url, "event_types": ["payment_request.*"]}))).await;
        for number in 0..30 { gateway.ask_for(5_000 + number).await; }
        good.until(30).await;
        // The good one has everything while the slow ones have not even failed for the second time.
        for name in ["silent", "drips head"] {
            let list = gateway.get(&format!("/v1/webhook-deliveries?endpoint_id={}&limit=200", endpoints[name])).await;
            assert!(list["data"].as_array().unwrap().iter().all(|one| one["status"] == "pending"), "{name}: {list}");
        }

        let seen = first_attempts(gateway, &endpoints).await;
        let of = |name: &str| {
            let attempt = &seen[name]["attempt_log"].as_array().unwrap().last().unwrap().clone();
            (seen[name]["status"].as_str().unwrap().to_owned(), attempt["response_status"].clone(), attempt["error"].clone(), attempt["response_text"].clone())
        };
        let no_answer = |error: &str| ("pending".to_owned(), Value::Null, json!(error), Value::Null);
        assert_eq!(of("error"), ("pending".into(), json!(500), Value::Null, json!("<script>alert(1)</script>[31m")));
        assert_eq!(of("busy"), ("pending".into(), json!(429), Value::Null, Value::Null));
        assert_eq!(of("gone"), ("dead".into(), json!(410), Value::Null, Value::Null));
        assert_eq!(of("redirect"), ("pending".into(), json!(302), Value::Null, Value::Null));
        assert_eq!(of("endless"), ("delivered".into(), json!(200), Value::Null, json!("x".repeat(1024))));
        let (status, code, _, text) = of("drips body");
        assert_eq!((status.as_str(), code), ("delivered", json!(200)));
        assert!(text.as_str().unwrap().starts_with('y'));
        assert_eq!(of("drips head"), no_answer("no answer in time"));
        assert_eq!(of("silent"), no_answer("no answer in time"));
        assert_eq!(of("no TLS"), no_answer("no connection"));
        assert_eq!(of("squeezed"), ("delivered".into(), json!(200), Value::Null, json!("not gzip at all")));
        assert_eq!(trapped.load(Ordering::SeqCst), 0, "a redirect was followed");

        // Who asked for two minutes gets them, for every delivery that it has been offered.
        let started = payment_time(&seen["busy"]["attempt_log"][0]["started_at"]);
        let next = payment_time(&seen["busy"]["next_attempt_at"]);
        assert!(next - started >= 120_000_000, "{}", seen["busy"]);
        let list = gateway.get("/v1/webhook-endpoints").await;
        for endpoint in list["data"].as_array().unwrap() {
            let gone = endpoint["id"] == endpoints["gone"].as_str();
            assert_eq!(endpoint["disabled_at"].is_string(), gone, "{endpoint}");
            assert!(!gone || endpoint["disabled_reason"].as_str().unwrap().contains("410"));
        }
        gateway.assert_books_hold();
    }

    async fn after_a_rotation_both_secrets_verify_and_later_the_new_one_alone(gateway: &Gateway) {
        let portal = Portal::listen();
        let made = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": portal.url}))).await;
        let (id, old) = (made.json["id"].as_str().unwrap(), made.json["secret"].as_str().unwrap());
        let path = format!("/v1/webhook-endpoints/{id}");
        let rotated = gateway.call(Method::POST, &format!("{path}/rotate-secret"), Some(json!({"overlap_hours": 24}))).await;
        assert_eq!((rotated.status.as_u16(), &rotated.json["version"]), (200, &json!(2)), "{}", rotated.text);
        let new = rotated.json["secret"].as_str().unwrap();
        assert_ne!(old, new);
        assert!(gateway.get(&path).await.get("secret").is_none());
        let tried = gateway.call(Method::POST, &format!("{path}/test"), None).await;
        assert_eq!(tried.status.as_u16(), 202);
        let arrived = portal.until(1).await;
        assert_eq!(arrived[0].json()["type"], "endpoint.test");
        assert!(crate::telling::verified(&arrived[0], old) && crate::telling::verified(&arrived[0], new));
        // At once: the secret before last is out, and so is the last.
        let leaked = gateway.call(Method::POST, &format!("{path}/rotate-secret"), Some(json!({"overlap_hours": 0}))).await;
        let newest = leaked.json["secret"].as_str().unwrap();
        gateway.call(Method::POST, &format!("{path}/test"), None).await;
        let arrived = portal.until(2).await;
        assert!(crate::telling::verified(&arrived[1], newest));
        assert!(!crate::telling::verified(&arrived[1], new) && !crate::telling::verified(&arrived[1], old));
        gateway.assert_books_hold();
    }

    async fn a_change_under_an_old_version_is_refused_and_changes_nothing(gateway: &Gateway) {
        let made = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": "http://127.0.0.1:9/a"}))).await;
        let seen = made.headers["etag"].to_str().unwrap().to_owned();
        let path = format!("/v1/webhook-endpoints/{}", made.json["id"].as_str().unwrap());
        let patch = async |version: &str, body: Value| {
            let request = gateway.client.patch(format!("{}{path}", gateway.base_url)).bearer_auth(&gateway.key);
            crate::support::answer(request.header("if-match", version).json(&body).send().await.unwrap()).await
        };
        let changed = patch(&seen, json!({"event_types": ["payment_request.paid"]})).await;
        assert_eq!((changed.status.as_u16(), &changed.json["version"]), (200, &json!(2)));
        let refused = patch(&seen, json!({"event_types": null})).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (412, "changed_meanwhile"));
        assert_eq!(gateway.get(&path).await["event_types"], json!(["payment_request.paid"]));
        // The same again is no change.
        let same = patch("*", json!({"event_types": ["payment_request.paid"], "enabled": true})).await;
        assert_eq!(same.json["version"], 2);
        let wrong = patch("*", json!({"event_types": ["payment_request.paid", "nothing.at_all"]})).await;
        assert_eq!((wrong.status.as_u16(), wrong.pointers()), (422, vec!["/event_types/1"]));
        assert_eq!(patch("*", json!({"event_types": null})).await.json["event_types"], Value::Null);
    }

    async fn all_that_failed_since_a_time_is_sent_again_in_one_call(gateway: &Gateway) {
        let portal = Portal::listen();
        let made = gateway.call(Method::POST, "/v1/webhook-endpoints", Some(json!({"url": portal.url}))).await;
        let path = format!("/v1/webhook-endpoints/{}", made.json["id"].as_str().unwrap());
        portal.answer_with(503);
        for _ in 0..3 { gateway.ask_for(5_000).await; }
        portal.until(2).await;
        let off = gateway.call(Method::PATCH, &path, Some(json!({"enabled": false}))).await;
        assert!(off.json["disabled_at"].is_string(), "{}", off.text);
        let replay = json!({"since": "2026-01-01T00:00:00Z"});
        let while_off = gateway.call(Method::POST, "/v1/webhook-deliveries/replay", Some(replay.clone())).await;
        assert_eq!((while_off.status.as_u16(), &while_off.json), (202, &json!({"queued": 0, "next_since": null})));
        portal.answer_with(204);
        gateway.call(Method::PATCH, &path, Some(json!({"enabled": true}))).await;
        let again = gateway.call(Method::POST, "/v1/webhook-deliveries/replay", Some(replay)).await;
        assert_eq!(again.json["queued"], 3);
        let ids = |arrived: &[crate::support::portal::Arrived]| -> std::collections::BTreeSet<String> {
            arrived.iter().map(|one| one.header("webhook-id").to_owned()).collect()
        };
        for _ in 0..1_000 {
            if gateway.get("/v1/webhook-deliveries?status=delivered").await["data"].as_array().unwrap().len() == 3 { break; }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(ids(&portal.arrived()).len(), 3);
        assert_eq!(gateway.get("/v1/webhook-deliveries?status=dead").await["data"], json!([]));
        gateway.assert_books_hold();
    }
}

fn payment_time(text: &Value) -> i64 {
    payment::Timestamp::parse_rfc3339(text.as_str().unwrap())
        .unwrap()
        .micros()
}
