//! Senders that fetch a token, call with GET or hear no body, and what is kept apart.

use super::Watched;
use crate::support::bank::{momo_notice, sepay_notice, sign_sepay, sync_notice, vnpay_query};
use crate::support::{
    Answer, FAR_SOURCE, QUERY_SOURCE, SECRET, SOURCE, SYNC_SECRET, SYNC_SOURCE, TOKEN_SOURCE,
    WALLET_SOURCE,
};
use reqwest::Method;
use serde_json::{Value, json};

fn credentials() -> (&'static str, &'static str) {
    SYNC_SECRET.split_once(':').unwrap()
}

pub(super) async fn senders(watched: &Watched<'_>) {
    tokens(watched).await;
    synced(watched).await;
    queried(watched).await;
    let body = momo_notice(9_501, 4_000, "khong co ma");
    let heard = watched.callback(WALLET_SOURCE, &[], &body).await;
    assert_eq!(heard.status.as_u16(), 204);
    apart(watched).await;
}

/// Asks for a token with a body that is no reason to refuse, then with those that are.
async fn tokens(watched: &Watched<'_>) {
    let (name, password) = credentials();
    let basic = format!("/v1/callbacks/{SYNC_SOURCE}/api/token_generate");
    let oauth = format!("/v1/callbacks/{TOKEN_SOURCE}/oauth/token");
    let ask = async |path: &str, password: &str, body: String, packed: bool| {
        let answer = watched
            .send(Method::POST, path, |request| {
                let request = request.basic_auth(name, Some(password)).body(body);
                if packed {
                    request.header("content-encoding", "gzip")
                } else {
                    request
                }
            })
            .await;
        answer.status.as_u16()
    };
    let given = |secret: &str| json!({"clientId": name, "clientSecret": secret}).to_string();
    for (path, good) in [(&basic, "{}".to_owned()), (&oauth, given(password))] {
        assert_eq!(ask(path, password, good, false).await, 200);
        assert_eq!(ask(path, "guess", given("guess"), false).await, 401);
        let other = path
            .replace(SYNC_SOURCE, SOURCE)
            .replace(TOKEN_SOURCE, SOURCE);
        assert_eq!(ask(&other, password, given(password), false).await, 404);
        assert_eq!(ask(path, password, "x".repeat(65 * 1024), false).await, 413);
        assert_eq!(ask(path, password, "{}".to_owned(), true).await, 415);
    }
    let body = given(password);
    let granted = watched
        .send(Method::POST, &oauth, |request| request.body(body))
        .await;
    let token = granted.json["data"]["accessToken"].as_str().unwrap();
    let bearer = [("authorization".to_owned(), format!("Bearer {token}"))];
    let body = sepay_notice(9_400, 3_000, "khong co ma").to_string();
    let heard = watched.callback(TOKEN_SOURCE, &bearer, &body).await;
    assert_eq!(heard.status.as_u16(), 201);
}

async fn synced(watched: &Watched<'_>) {
    let (name, password) = credentials();
    let token = watched
        .send(
            Method::POST,
            &format!("/v1/callbacks/{SYNC_SOURCE}/api/token_generate"),
            |request| request.basic_auth(name, Some(password)).body("{}"),
        )
        .await
        .json["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/callbacks/{SYNC_SOURCE}/bank/api/transaction-sync");
    let say = async |path: &str, token: &str, body: String, packed: bool| -> Answer {
        watched
            .send(Method::POST, path, |request| {
                let request = request.bearer_auth(token).body(body);
                if packed {
                    request.header("content-encoding", "gzip")
                } else {
                    request
                }
            })
            .await
    };
    let good = sync_notice("a-1", 5_000, "khong co ma").to_string();
    for _ in 0..2 {
        let heard = say(&path, &token, good.clone(), false).await;
        assert_eq!(
            (heard.status.as_u16(), &heard.json["error"]),
            (200, &json!(false))
        );
    }
    let refused = say(&path, "1.ab", good.clone(), false).await;
    assert_eq!(refused.status.as_u16(), 401);
    let wrong = good.replace("5000", "5000.5");
    let unreadable = say(&path, &token, wrong, false).await;
    assert_eq!(
        (unreadable.status.as_u16(), &unreadable.json["errorReason"]),
        (400, &json!("002"))
    );
    let elsewhere = path.replace(SYNC_SOURCE, SOURCE);
    assert_eq!(
        say(&elsewhere, &token, good.clone(), false)
            .await
            .status
            .as_u16(),
        404
    );
    let large = "x".repeat(65 * 1024);
    assert_eq!(say(&path, &token, large, false).await.status.as_u16(), 413);
    assert_eq!(say(&path, &token, good, true).await.status.as_u16(), 415);
}

async fn queried(watched: &Watched<'_>) {
    let hear = async |source: &str, query: &str| {
        let path = format!("/v1/callbacks/{source}?{query}");
        watched.send(Method::GET, &path, |request| request).await
    };
    let query = vnpay_query("9601", 6_000, "khong co ma");
    for code in ["00", "02"] {
        let heard = hear(QUERY_SOURCE, &query).await;
        assert_eq!(
            (heard.status.as_u16(), &heard.json["RspCode"]),
            (200, &json!(code))
        );
    }
    let forged = query.replace("600000", "700000");
    assert_eq!(hear(QUERY_SOURCE, &forged).await.json["RspCode"], "97");
    assert_eq!(hear(SOURCE, &query).await.status.as_u16(), 404);
}

/// What is kept apart is listed, read and judged again.
async fn apart(watched: &Watched<'_>) {
    let body = sepay_notice(9_700, 7_000, "khong co ma").to_string();
    let signed = sign_sepay(SECRET, body.as_bytes());
    let refused = watched.callback(FAR_SOURCE, &signed, &body).await;
    assert_eq!(refused.status.as_u16(), 403);
    let listed = watched
        .expect(200, Method::GET, "/v1/quarantine?limit=200", None)
        .await;
    let kept = listed["data"].as_array().unwrap();
    let find = |reason: &str| -> String {
        let found: &Value = kept.iter().find(|kept| kept["reason"] == reason).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let (far, forged) = (find("address_not_allowed"), find("bad_signature"));
    let unreadable = kept.iter().find(|kept| kept["state"] == "not_readable");
    let unreadable = unreadable.unwrap()["id"].as_str().unwrap();
    let path = |id: &str| format!("/v1/quarantine/{id}");
    let rerun = |id: &str| format!("/v1/quarantine/{id}/rerun");
    let shown = watched.expect(200, Method::GET, &path(&far), None).await;
    assert_eq!(shown["message"], json!(body));
    watched.expect(404, Method::GET, &path("cb_x"), None).await;
    watched
        .expect(409, Method::POST, &rerun(&forged), None)
        .await;
    watched
        .expect(409, Method::POST, &rerun(unreadable), None)
        .await;
    watched.expect(202, Method::POST, &rerun(&far), None).await;
    watched.expect(404, Method::POST, &rerun(&far), None).await;
    watched.expect(404, Method::GET, &path(&far), None).await;
    watched
        .expect(400, Method::GET, "/v1/quarantine?limit=0", None)
        .await;
    for (method, path) in [
        (Method::GET, "/v1/quarantine".to_owned()),
        (Method::GET, path(&forged)),
        (Method::POST, rerun(&forged)),
    ] {
        let answer = watched.send(method, &path, |request| request).await;
        assert_eq!(answer.status.as_u16(), 401);
    }
}
