//! A life that brings out every documented answer on both engines, and the webhooks that it sends. What
//! the contract documents and the script never sees is named here.

mod books;
mod fees;
mod gaps;
mod keys;
mod qr;
mod receipts;
mod senders;
mod statements;
mod suspense;

use super::{Described, Members, assert_valid, document, expanded, operations, resolved};
use crate::support::bank::{now, sepay_notice, sign_sepay};
use crate::support::portal::Portal;
use crate::support::{
    ACCOUNT, Answer, Gateway, OWN_SECRET, OWN_SOURCE, SECRET, SOURCE, answer, on_both_engines,
};
use reconciler::Secret;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

/// Documented, and not brought out here: a body that takes longer than 10 seconds, a defect, a database that
/// is away (which has a test of its own), a live key at the simulator, and the refusal of a network at the
/// doors of single senders, which is that of `receiveCallback`.
fn is_out_of_reach(operation: &str, status: &str) -> bool {
    let others = [
        ("simulateTransfer", "403"),
        ("receiveQueryCallback", "403"),
        ("receiveTransactionSync", "403"),
    ];
    ["408", "500", "503"].contains(&status) || others.contains(&(operation, status))
}

/// A gateway whose every answer is held against the contract.
struct Watched<'a> {
    gateway: &'a Gateway,
    seen: Mutex<BTreeSet<(&'static str, &'static str)>>,
}

impl<'a> Watched<'a> {
    fn new(gateway: &'a Gateway) -> Self {
        Self {
            gateway,
            seen: Mutex::default(),
        }
    }

    /// Sends what `shape` makes of a bare request.
    async fn send(
        &self,
        method: Method,
        path: &str,
        shape: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let described = Described::find(&method, path);
        let bare = self
            .gateway
            .client
            .request(method, format!("{}{path}", self.gateway.base_url));
        let answer = answer(shape(bare).send().await.unwrap()).await;
        let status = described.check(&answer);
        self.seen.lock().unwrap().insert((described.id, status));
        answer
    }

    /// Calls as `office`. A JSON body that is taken must be one that the contract describes.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let described = Described::find(&method, path);
        let answer = self
            .send(method, path, |request| {
                let request = request.bearer_auth(&self.gateway.key);
                match &body {
                    Some(body) => request.json(body),
                    None => request,
                }
            })
            .await;
        if let (Some(body), true) = (&body, answer.status.is_success()) {
            assert_valid(
                &described.takes().unwrap(),
                body,
                &format!("the body for {}", described.id),
            );
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Calls, and the answer must have this status.
    async fn expect(&self, status: u16, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = self.call(method, path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
        answer.json
    }

    async fn callback(&self, source: &str, headers: &[(String, String)], body: &str) -> Answer {
        let answer = self
            .send(
                Method::POST,
                &format!("/v1/callbacks/{source}"),
                |request| {
                    headers
                        .iter()
                        .fold(request.body(body.to_owned()), |request, (name, value)| {
                            request.header(name, value)
                        })
                },
            )
            .await;
        if answer.status.is_success() {
            let takes = Described::find(&Method::POST, "/v1/callbacks/x")
                .takes()
                .unwrap();
            assert_valid(
                &takes,
                &serde_json::from_str(body).unwrap(),
                "a callback that was taken",
            );
        }
        answer
    }

    /// The simulated bank pays the code of a request as it stands now.
    async fn pay(&self, request: &str, order: Value) {
        let mut body = order;
        body["qr_payload"] = self
            .get(&format!("/v1/payment-requests/{request}"))
            .await
            .json["qr"]["payload"]
            .clone();
        self.expect(201, Method::POST, "/v1/simulator/transfers", Some(body))
            .await;
    }

    /// Reads the first frame of a stream and goes.
    async fn watch(&self, path: &str) {
        let described = Described::find(&Method::GET, path);
        let request = self
            .gateway
            .client
            .get(format!("{}{path}", self.gateway.base_url));
        let mut response = request.bearer_auth(&self.gateway.key).send().await.unwrap();
        let text = String::from_utf8(response.chunk().await.unwrap().unwrap().to_vec()).unwrap();
        let data = text
            .lines()
            .find_map(|line| line.strip_prefix("data: "))
            .unwrap();
        let media =
            &resolved(&described.operation["responses"]["200"])["content"]["text/event-stream"];
        let data = serde_json::from_str(data).unwrap();
        assert_valid(
            &expanded(&media["x-event-data"], Members::Closed),
            &data,
            path,
        );
        let answer = Answer {
            status: response.status(),
            headers: response.headers().clone(),
            text,
            json: data,
        };
        let status = described.check(&answer);
        self.seen.lock().unwrap().insert((described.id, status));
    }
}

/// What is refused whatever the state: no key, wrong parameters, bodies of every wrong kind, unknown objects.
async fn refusals(watched: &Watched<'_>) {
    for described in operations()
        .into_iter()
        .filter(|described| !described.is_public())
        // The other doors of sources are told apart by the sender, not by a key: `senders` tries them.
        .filter(|described| {
            described.id == "receiveCallback"
                || !described.path.starts_with("/v1/callbacks/{source}")
        })
    {
        let path = described
            .path
            .replace("{code}", "suspense")
            .replace("{period}", "2026")
            .replace("{source}", SOURCE);
        let path = path.replace("{id}", "none");
        let method: Method = described.method.to_uppercase().parse().unwrap();
        let refused = watched.send(method.clone(), &path, |request| request).await;
        assert_eq!(refused.status.as_u16(), 401, "{path}");
        let Some(_) = described
            .takes()
            .filter(|_| described.id != "receiveCallback")
        else {
            continue;
        };
        let send = async |content_type: &str, body: &str| {
            let answer = watched.send(method.clone(), &path, |request| {
                let request = request.bearer_auth(&watched.gateway.key);
                request
                    .header("content-type", content_type)
                    .body(body.to_owned())
            });
            answer.await.status.as_u16()
        };
        assert_eq!(send("application/json", "{").await, 400, "{path}");
        assert_eq!(
            send("application/json", &" ".repeat(300_000)).await,
            413,
            "{path}"
        );
        assert_eq!(send("text/plain", "{}").await, 415, "{path}");
        assert_eq!(send("application/json", "{}").await, 422, "{path}");
    }
    for wrong in [
        "/v1/payment-requests?limit=0",
        "/v1/payments?outcome=duplicate",
        "/v1/callbacks?outcome=pending",
        "/v1/events?after=x",
        "/v1/webhook-deliveries?status=x",
        "/v1/webhook-deliveries?endpoint_id=x",
        "/v1/ledger/accounts/suspense/postings?limit=201",
        "/v1/ledger/trial-balance?as_of=2026-02-30",
        "/v1/reports/collections?from=2026-02-30",
        "/v1/reports/collections?format=csv&separator=x",
    ] {
        watched.expect(400, Method::GET, wrong, None).await;
    }
    let token = "0".repeat(32);
    for unknown in [
        "/v1/payment-requests/none",
        "/v1/payment-requests/none/qr.png",
        "/v1/payment-requests/none/qr.svg",
        "/v1/payment-requests/none/events",
        "/v1/payments?payment_request=none",
        "/v1/ledger/accounts/suspense/postings",
        "/v1/webhook-endpoints/none",
        "/v1/webhook-deliveries/none",
        &format!("/pay/{token}"),
        &format!("/pay/{token}/qr.png"),
        &format!("/pay/{token}/qr.svg"),
        &format!("/pay/{token}/events"),
        "/assets/none",
    ] {
        watched.expect(404, Method::GET, unknown, None).await;
    }
    watched
        .expect(404, Method::POST, "/v1/payment-requests/none/cancel", None)
        .await;
    watched
        .expect(
            404,
            Method::POST,
            "/v1/webhook-deliveries/none/replay",
            None,
        )
        .await;
    watched
        .expect(404, Method::DELETE, "/v1/webhook-endpoints/none", None)
        .await;
    let nobody = format!("we_{}", "0".repeat(32));
    for (method, path, body) in [
        (
            Method::PATCH,
            "/v1/webhook-endpoints/none",
            json!({"enabled": true}),
        ),
        (
            Method::POST,
            "/v1/webhook-endpoints/none/rotate-secret",
            json!({"overlap_hours": 1}),
        ),
        (
            Method::POST,
            "/v1/webhook-deliveries/replay",
            json!({"since": now(), "endpoint_id": nobody}),
        ),
    ] {
        watched.expect(404, method, path, Some(body)).await;
    }
    watched
        .expect(404, Method::POST, "/v1/webhook-endpoints/none/test", None)
        .await;
}

/// What needs no key, and an address with a method that it does not have.
async fn open_doors(watched: &Watched<'_>) {
    for path in [
        "/livez",
        "/readyz",
        "/openapi.yaml",
        "/assets/app.css",
        "/assets/checkout.js",
        "/assets/favicon.svg",
    ] {
        assert_eq!(
            watched
                .send(Method::GET, path, |request| request)
                .await
                .status
                .as_u16(),
            200,
            "{path}"
        );
    }
    let etag = watched.get("/assets/app.css").await.headers["etag"].clone();
    let known = watched
        .send(Method::GET, "/assets/app.css", |request| {
            request.header("if-none-match", etag)
        })
        .await;
    assert_eq!(known.status.as_u16(), 304);
    let refused = watched
        .gateway
        .call(Method::PATCH, "/v1/payment-requests", None)
        .await;
    assert_eq!(refused.code(), "method_not_allowed");
    let problem = &document()["components"]["schemas"]["Problem"];
    assert_valid(
        &expanded(problem, Members::Closed),
        &refused.json,
        "another method",
    );
}

/// Asking, repeating and withdrawing.
async fn asking(watched: &Watched<'_>) {
    let post = async |key: &str, body: Value| {
        let answer = watched.send(Method::POST, "/v1/payment-requests", |request| {
            request
                .bearer_auth(&watched.gateway.key)
                .header("idempotency-key", key)
                .json(&body)
        });
        let answer = answer.await;
        (
            answer.status.as_u16(),
            answer.headers.contains_key("idempotency-replayed"),
        )
    };
    let full = json!({
        "external_id": "HS-1", "lines": [{"item": "CT-CHUKY", "quantity": 2}, {"description": "Bản sao", "amount": 4000}],
        "currency": "VND", "amount": 24_000, "description": "Phí chứng thực", "flow": "QC", "payee_account": "2110009999999",
        "expires_at": now().plus_seconds(3_600), "payer": {"id": "CD-1", "name": "Trần Thị Ví Dụ"}, "metadata": {"n": 1.5},
    });
    let path = "/v1/payment-requests/HS-1";
    watched
        .expect(201, Method::PUT, path, Some(full.clone()))
        .await;
    watched
        .expect(200, Method::PUT, path, Some(full.clone()))
        .await;
    watched
        .expect(409, Method::PUT, path, Some(json!({"amount": 1})))
        .await;
    watched
        .expect(
            200,
            Method::POST,
            "/v1/payment-requests",
            Some(full.clone()),
        )
        .await;
    watched
        .expect(
            409,
            Method::POST,
            "/v1/payment-requests",
            Some(json!({"external_id": "HS-1", "amount": 1})),
        )
        .await;
    assert_eq!(post("k-1", json!({"amount": 5_000})).await, (201, false));
    assert_eq!(post("k-1", json!({"amount": 5_000})).await, (201, true));
    assert_eq!(post("k-1", json!({"amount": 5_001})).await, (422, false));
    assert_eq!(post("k-2", full.clone()).await, (200, false));
    assert_eq!(post("k-2", full).await, (201, true));
    assert_eq!(post("two words", json!({"amount": 1})).await, (400, false));
    let nothing = watched
        .expect(
            201,
            Method::PUT,
            "/v1/payment-requests/HS-0",
            Some(json!({"lines": [{"amount": 0}]})),
        )
        .await;
    assert_eq!(
        (&nothing["status"], &nothing["qr"]),
        (&json!("paid"), &Value::Null)
    );
    let cancelled = watched
        .expect(200, Method::POST, &format!("{path}/cancel"), None)
        .await;
    assert_eq!(
        (&cancelled["status"], &cancelled["qr"]),
        (&json!("cancelled"), &Value::Null)
    );
    watched
        .expect(409, Method::POST, "/v1/payment-requests/HS-0/cancel", None)
        .await;
}

/// One request from its code to paid, through underpaid, with everything that shows it.
async fn paying(watched: &Watched<'_>) {
    let request = watched
        .expect(
            201,
            Method::POST,
            "/v1/payment-requests",
            Some(json!({"amount": 79_000})),
        )
        .await;
    let id = request["id"].as_str().unwrap();
    let own = format!("/v1/payment-requests/{id}");
    let page = request["checkout_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&watched.gateway.base_url)
        .unwrap();
    let shown = [
        format!("{own}/qr.png"),
        format!("{own}/qr.svg"),
        format!("{page}/qr.png"),
        format!("{page}/qr.svg"),
    ];
    for path in &shown {
        watched.expect(200, Method::GET, path, None).await;
    }
    watched.expect(200, Method::GET, page, None).await;
    watched.watch(&format!("{own}/events")).await;
    watched.watch(&format!("{page}/events")).await;
    watched
        .pay(id, json!({"faults": ["short", "mangle"]}))
        .await;
    watched.gateway.until(id, "underpaid").await;
    let part = watched.expect(200, Method::GET, &own, None).await;
    let wanted = vietqr::decode(part["qr"]["payload"].as_str().unwrap())
        .payable()
        .unwrap()
        .amount
        .unwrap()
        .get();
    assert_eq!(
        (part["amount_remaining"].as_i64(), wanted),
        (Some(1_000), 1_000)
    );
    watched.pay(id, json!({})).await;
    watched.gateway.until(id, "paid").await;
    assert_eq!(
        watched.expect(200, Method::GET, &own, None).await["qr"],
        Value::Null
    );
    for path in &shown {
        watched.expect(409, Method::GET, path, None).await;
    }
    watched.expect(200, Method::GET, page, None).await;
    watched
        .expect(
            200,
            Method::GET,
            &format!("/v1/payments?payment_request={id}"),
            None,
        )
        .await;

    let over = watched
        .expect(
            201,
            Method::POST,
            "/v1/payment-requests",
            Some(json!({"amount": 10_000, "payer": {"id": "CD-2"}})),
        )
        .await;
    watched
        .pay(
            over["id"].as_str().unwrap(),
            json!({"faults": ["over", "duplicate"]}),
        )
        .await;
    watched
        .gateway
        .until(over["id"].as_str().unwrap(), "overpaid")
        .await;
    let late = json!({"amount": 10_000, "expires_at": now().plus_seconds(1)});
    let late = watched
        .expect(201, Method::POST, "/v1/payment-requests", Some(late))
        .await;
    let (id, payload) = (late["id"].as_str().unwrap(), &late["qr"]["payload"]);
    watched.gateway.until(id, "expired").await;
    assert_eq!(
        watched
            .expect(
                200,
                Method::GET,
                &format!("/v1/payment-requests/{id}"),
                None
            )
            .await["qr"],
        Value::Null
    );
    watched
        .expect(
            201,
            Method::POST,
            "/v1/simulator/transfers",
            Some(json!({"qr_payload": payload, "faults": ["conflict"]})),
        )
        .await;
    watched.gateway.until(id, "paid").await;
}

/// Callbacks in both dialects, in every outcome.
async fn hearing(watched: &Watched<'_>) {
    let sign = |body: &str| sign_sepay(SECRET, body.as_bytes());
    let unknown = sepay_notice(900, 12_345, "nop tien").to_string();
    for _ in 0..2 {
        assert_eq!(
            watched
                .callback(SOURCE, &sign(&unknown), &unknown)
                .await
                .status
                .as_u16(),
            200
        );
    }
    let mut out = sepay_notice(901, 5_000, "chi");
    out["transferType"] = json!("out");
    let out = out.to_string();
    assert_eq!(
        watched
            .callback(SOURCE, &sign(&out), &out)
            .await
            .status
            .as_u16(),
        200
    );
    let own = json!({
        "notification_id": "N-1", "account_number": "1903999999999", "credit_debit_indicator": "CRDT", "amount": 7_000,
        "currency": "VND", "booked_at": now(), "remittance_information": "nham tai khoan", "debtor_name": null,
    });
    let own = own.to_string();
    let signed = reconciler::callback::thungan::sign(
        &Secret::new(OWN_SECRET),
        "msg_1",
        now(),
        own.as_bytes(),
    )
    .unwrap();
    assert_eq!(
        watched
            .callback(OWN_SOURCE, &signed, &own)
            .await
            .status
            .as_u16(),
        200
    );
    let broken = json!({"id": 902}).to_string();
    assert_eq!(
        watched
            .callback(SOURCE, &sign(&broken), &broken)
            .await
            .code(),
        "malformed_callback"
    );
    assert_eq!(
        watched
            .callback(SOURCE, &[], &unknown)
            .await
            .status
            .as_u16(),
        401
    );
    assert_eq!(
        watched
            .callback("none", &sign(&unknown), &unknown)
            .await
            .status
            .as_u16(),
        404
    );
    assert_eq!(
        watched
            .callback(SOURCE, &sign("x"), &" ".repeat(70_000))
            .await
            .status
            .as_u16(),
        413
    );
    let packed = [("content-encoding".to_owned(), "gzip".to_owned())];
    assert_eq!(
        watched
            .callback(SOURCE, &packed, &unknown)
            .await
            .status
            .as_u16(),
        415
    );
    watched.gateway.settled().await;
    let listed = watched
        .expect(200, Method::GET, "/v1/callbacks?limit=200", None)
        .await;
    let outcomes: BTreeSet<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|callback| callback["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        BTreeSet::from(["conflict", "ignored", "quarantined", "settled", "suspense"])
    );
    let waiting = watched
        .expect(200, Method::GET, "/v1/payments?outcome=suspense", None)
        .await;
    assert_eq!(waiting["data"][0]["suspense_reason"], "other_account");
}

/// Every list, whole and in pages of one.
async fn lists(watched: &Watched<'_>) {
    for path in [
        "/v1/payment-requests",
        "/v1/payments",
        "/v1/suspense",
        "/v1/callbacks",
        "/v1/webhook-deliveries",
        "/v1/ledger/accounts/suspense/postings",
        "/v1/ledger/accounts/collected:UNSPECIFIED/postings",
        &format!("/v1/ledger/accounts/bank:{ACCOUNT}/postings"),
        "/v1/ledger/accounts/payer_credit:CD-2/postings",
        &format!("/v1/ledger/accounts/refund_due:{ACCOUNT}/postings"),
    ] {
        let whole = watched.expect(200, Method::GET, path, None).await;
        assert_ne!(whole["data"], json!([]), "{path}");
        let first = watched
            .expect(200, Method::GET, &format!("{path}?limit=1"), None)
            .await;
        if let Some(cursor) = first["next_cursor"].as_str() {
            let second = watched
                .expect(
                    200,
                    Method::GET,
                    &format!("{path}?limit=1&cursor={cursor}"),
                    None,
                )
                .await;
            assert_eq!(second["data"][0], whole["data"][1], "{path}");
        }
    }
    for path in [
        "/v1/payee-accounts",
        "/v1/fee-items",
        "/v1/ledger/trial-balance",
        "/v1/events?limit=200",
        "/v1/webhook-endpoints",
        "/v1/reports/collections",
        "/v1/reports/collections?format=csv",
        "/v1/reports/collections?format=csv&separator=semicolon",
    ] {
        watched.expect(200, Method::GET, path, None).await;
    }
}

/// What arrived at the portal: every kind of event, each as the contract describes it.
fn told(portal: &Portal) {
    let webhooks = document()["webhooks"].as_object().unwrap();
    let mut types = BTreeSet::new();
    for arrived in portal.arrived() {
        let event = arrived.json();
        let name = event["type"].as_str().unwrap().to_owned();
        let webhook = webhooks
            .get(&name)
            .unwrap_or_else(|| panic!("{name} is not in the contract"));
        let schema = &webhook["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert_valid(
            &expanded(schema, Members::Closed),
            &event,
            &format!("{event}"),
        );
        types.insert(name);
    }
    assert_eq!(types, webhooks.keys().cloned().collect());
}

/// A trial, a change, a rotation, and another address that is switched off: what is told of addresses.
async fn trying(watched: &Watched<'_>, endpoint: &str) {
    let path = format!("/v1/webhook-endpoints/{endpoint}");
    watched.expect(200, Method::GET, &path, None).await;
    watched
        .expect(202, Method::POST, &format!("{path}/test"), None)
        .await;
    let rotation = json!({"overlap_hours": 24});
    let rotate = format!("{path}/rotate-secret");
    watched
        .expect(200, Method::POST, &rotate, Some(rotation.clone()))
        .await;
    let all = json!({"event_types": null, "enabled": true});
    watched
        .expect(200, Method::PATCH, &path, Some(all.clone()))
        .await;
    for (method, path, body) in [
        (Method::PATCH, &path, Some(all)),
        (Method::POST, &rotate, Some(rotation)),
        (Method::DELETE, &path, None),
    ] {
        let refused = watched.send(method, path, |request| {
            let request = request
                .bearer_auth(&watched.gateway.key)
                .header("if-match", "\"999\"");
            match &body {
                Some(body) => request.json(body),
                None => request,
            }
        });
        assert_eq!(refused.await.code(), "changed_meanwhile");
    }
    let other = json!({"url": "http://127.0.0.1:9/other", "event_types": ["payment_request.paid"]});
    let other = watched
        .expect(201, Method::POST, "/v1/webhook-endpoints", Some(other))
        .await;
    let other = format!("/v1/webhook-endpoints/{}", other["id"].as_str().unwrap());
    watched.expect(204, Method::DELETE, &other, None).await;
    watched
        .expect(409, Method::POST, &format!("{other}/test"), None)
        .await;
}

/// Replaying, switching off, and the most that there may be.
async fn endpoints(watched: &Watched<'_>, portal: &Portal, endpoint: &str) {
    let listed = async |status: &str| {
        let path = format!("/v1/webhook-deliveries?status={status}");
        watched.expect(200, Method::GET, &path, None).await["data"].clone()
    };
    // No attempt may be under way when the next step begins.
    let until = async |is_so: fn(&Value) -> bool| {
        for _ in 0..2_000 {
            let waiting = listed("pending").await;
            if is_so(&waiting) {
                return waiting;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("deliveries are still under way")
    };
    let replay = |delivery: &Value| {
        let id = delivery["id"].as_str().unwrap();
        format!("/v1/webhook-deliveries/{id}/replay")
    };
    until(|waiting| *waiting == json!([])).await;
    let delivered = listed("delivered").await;
    watched
        .expect(202, Method::POST, &replay(&delivered[0]), None)
        .await;
    until(|waiting| *waiting == json!([])).await;
    let one = format!(
        "/v1/webhook-deliveries/{}",
        delivered[0]["id"].as_str().unwrap()
    );
    watched.expect(200, Method::GET, &one, None).await;
    let range = json!({"since": now().plus_seconds(-86_400), "until": now().plus_seconds(60), "status": "any", "endpoint_id": endpoint});
    watched
        .expect(
            202,
            Method::POST,
            "/v1/webhook-deliveries/replay",
            Some(range),
        )
        .await;
    until(|waiting| *waiting == json!([])).await;
    portal.answer_with(503);
    let body = json!({"amount": 5_000});
    watched
        .expect(201, Method::POST, "/v1/payment-requests", Some(body))
        .await;
    let waiting = until(|waiting| waiting[0]["attempts"] == 1).await;
    watched
        .expect(409, Method::POST, &replay(&waiting[0]), None)
        .await;
    let path = format!("/v1/webhook-endpoints/{endpoint}");
    for _ in 0..2 {
        watched.expect(204, Method::DELETE, &path, None).await;
    }
    watched
        .expect(409, Method::POST, &replay(&listed("dead").await[0]), None)
        .await;
    watched
        .expect(200, Method::GET, "/v1/webhook-endpoints", None)
        .await;
    let add = async |number: u32| {
        let body = json!({"url": format!("http://127.0.0.1:9/{number}")});
        watched
            .call(Method::POST, "/v1/webhook-endpoints", Some(body))
            .await
    };
    for number in 0..50 {
        assert_eq!(add(number).await.status.as_u16(), 201, "{number}");
    }
    assert_eq!(add(50).await.code(), "wrong_state");
    let on = watched.call(Method::PATCH, &path, Some(json!({"enabled": true})));
    assert_eq!(on.await.code(), "wrong_state");
}

on_both_engines! {
    async fn every_answer_of_a_scripted_life_is_the_documented_one(gateway: &Gateway) {
        let watched = Watched::new(gateway);
        refusals(&watched).await;
        open_doors(&watched).await;
        let portal = Portal::listen();
        let body = json!({"url": portal.url});
        let made = watched.expect(201, Method::POST, "/v1/webhook-endpoints", Some(body.clone())).await;
        let again = watched.call(Method::POST, "/v1/webhook-endpoints", Some(body)).await;
        assert_eq!(again.code(), "already_exists");
        asking(&watched).await;
        fees::fees(&watched).await;
        books::books(&watched).await;
        receipts::receipts(&watched).await;
        paying(&watched).await;
        hearing(&watched).await;
        trying(&watched, made["id"].as_str().unwrap()).await;
        suspense::suspense(&watched).await;
        senders::senders(&watched).await;
        keys::keys(&watched).await;
        qr::qr(&watched).await;
        suspense::naming(&watched).await;
        gaps::gaps(&watched).await;
        statements::statements(&watched).await;
        let events = watched.expect(200, Method::GET, "/v1/events?limit=200", None).await;
        portal.until(events["data"].as_array().unwrap().len()).await;
        told(&portal);
        lists(&watched).await;
        endpoints(&watched, &portal, made["id"].as_str().unwrap()).await;

        let seen = watched.seen.lock().unwrap().clone();
        let missing: Vec<_> = operations().into_iter()
            .flat_map(|described| described.statuses().map(move |status| (described.id, status)))
            .filter(|(id, status)| !seen.contains(&(*id, *status)) && !is_out_of_reach(id, status))
            .collect();
        assert!(missing.is_empty(), "documented and never seen: {missing:?}");
        gateway.assert_books_hold();
    }

    async fn while_the_database_is_away_every_operation_answers_as_documented(gateway: &Gateway) {
        let watched = Watched::new(gateway);
        let request = gateway.ask_for(79_000).await;
        let token = request["checkout_url"].as_str().unwrap().rsplit('/').next().unwrap();
        let outage = gateway.database.cut_off().await;
        let calls = operations().into_iter().filter(|described| !described.id.starts_with("stream")).map(|described| {
            let id = if described.path.contains("webhook-endpoints") { format!("we_{}", "0".repeat(32)) }
                else if described.path.contains("webhook-deliveries") { format!("del_{}", "0".repeat(32)) }
                else { "HS-AWAY".to_owned() };
            let path = described.path.replace("{token}", token).replace("{id}", &id)
                .replace("{code}", "suspense").replace("{period}", "2026").replace("{source}", SOURCE).replace("{name}", "app.css");
            let body = match described.id {
                "createPaymentRequest" | "putPaymentRequest" => Some(json!({"amount": 5_000})),
                "createWebhookEndpoint" => Some(json!({"url": "http://127.0.0.1:9/"})),
                "simulateTransfer" => Some(json!({"account_number": ACCOUNT, "amount": 5_000, "faults": ["drop"]})),
                _ => None,
            };
            let method: Method = described.method.to_uppercase().parse().unwrap();
            let watched = &watched;
            async move { (described.id, watched.call(method, &path, body).await.status.as_u16()) }
        });
        let answers = futures_util::future::join_all(calls).await;
        outage.end().await;
        let writes = ["createPaymentRequest", "putPaymentRequest", "createWebhookEndpoint"];
        for (id, status) in answers {
            assert_ne!(status, 500, "{id}");
            assert!(status == 503 || !writes.contains(&id), "{id}: {status}");
        }
    }
}
