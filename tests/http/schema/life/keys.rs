//! API keys, and every operation with a key that may not.

use super::Watched;
use crate::schema::operations;
use crate::support::SOURCE;
use reqwest::Method;
use serde_json::json;

/// Keys in use at most.
const KEYS_MAX: usize = 200;

/// Every operation refuses a key without its scope, before anything is read.
async fn forbidden(watched: &Watched<'_>) {
    let mut narrow = Vec::new();
    for scope in ["keys:read", "fees:read"] {
        let body = json!({"label": scope, "scopes": [scope]});
        let made = watched
            .expect(201, Method::POST, "/v1/api-keys", Some(body))
            .await;
        narrow.push((scope, made["api_key"].as_str().unwrap().to_owned()));
    }
    for described in operations() {
        let [needed] = described.scopes()[..] else {
            continue;
        };
        let (_, key) = narrow.iter().find(|(scope, _)| *scope != needed).unwrap();
        let path = described
            .path
            .replace("{code}", "suspense")
            .replace("{period}", "2026")
            .replace("{source}", SOURCE)
            .replace("{id}", "none");
        let method: Method = described.method.to_uppercase().parse().unwrap();
        let refused = watched
            .send(method, &path, |request| request.bearer_auth(key))
            .await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (403, "forbidden"),
            "{path}"
        );
        assert!(refused.text.contains(needed), "{path}: {}", refused.text);
    }
}

pub(super) async fn keys(watched: &Watched<'_>) {
    forbidden(watched).await;
    let nobody = format!("/v1/api-keys/key_{}", "0".repeat(32));
    for path in ["/v1/api-keys/none", &nobody] {
        watched.expect(404, Method::GET, path, None).await;
        watched.expect(404, Method::DELETE, path, None).await;
    }
    watched
        .expect(400, Method::GET, "/v1/api-keys?limit=0", None)
        .await;
    let full = json!({"label": "Cổng", "scopes": ["*"], "expires_at": "2126-01-01T00:00:00Z",
        "allowed_networks": ["127.0.0.1", "2001:db8::/32"]});
    let made = watched
        .expect(201, Method::POST, "/v1/api-keys", Some(full))
        .await;
    let own = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
    let read = watched.expect(200, Method::GET, &own, None).await;
    assert_eq!(
        read["allowed_networks"],
        json!(["127.0.0.1/32", "2001:db8::/32"])
    );
    for _ in 0..2 {
        watched.expect(204, Method::DELETE, &own, None).await;
    }
    // As many as there may be, and one more.
    let another = json!({"label": "thêm", "scopes": ["fees:read"]});
    let mut made = 0;
    let last = loop {
        let answer = watched
            .call(Method::POST, "/v1/api-keys", Some(another.clone()))
            .await;
        if answer.status.as_u16() != 201 || made > KEYS_MAX {
            break answer;
        }
        made += 1;
    };
    assert_eq!((last.status.as_u16(), last.code()), (409, "wrong_state"));
    let mut path = "/v1/api-keys?limit=150".to_owned();
    loop {
        let page = watched.expect(200, Method::GET, &path, None).await;
        for key in page["data"].as_array().unwrap() {
            if key["label"] == "thêm" {
                let own = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
                watched.expect(204, Method::DELETE, &own, None).await;
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("/v1/api-keys?limit=150&cursor={next}"),
            None => break,
        }
    }
}
