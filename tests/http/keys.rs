//! API keys: what they may do, from where, until when; and the table of permissions cell by cell.

use crate::schema::operations;
use crate::support::{Answer, Gateway, answer, on_both_engines};
use gateway::permission::{Access, Permission, Role};
use gateway::routes::OPERATIONS;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/PERMISSIONS.md");

/// The page about permissions, as the program knows them.
fn printed() -> String {
    let mut page = String::from(
        "# Permissions\n\n\
        Printed from the tables in `crates/gateway/src/permission.rs` and `crates/gateway/src/routes/mod.rs` by a test \
        (`THUNGAN_PRINT_DOCS=1` lets it write this file); not edited by hand. Another test calls every operation with \
        every role and every scope and compares the answers with this page.\n\n\
        An API key has scopes; a role is a set of scopes with a name. `thungan keys create --scope …` or `--role …`, \
        and `POST /v1/api-keys`. The scope `*` is everything.\n\n## Roles\n\n| role | | |\n|---|---|---|\n",
    );
    for role in Role::ALL {
        let (vi, en) = role.title();
        writeln!(page, "| `{}` | {vi} | {en} |", role.as_str()).unwrap();
    }
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let roles = roles.join(" | ");
    let line = "|---".repeat(Role::ALL.len());
    let cells = |permission: Permission| {
        let may = |role: &Role| {
            if role.rights().allow(permission) {
                "yes"
            } else {
                ""
            }
        };
        Role::ALL.iter().map(may).collect::<Vec<_>>().join(" | ")
    };
    write!(
        page,
        "\n## Scopes\n\n| scope | what it allows | {roles} |\n|---|---{line}|\n"
    )
    .unwrap();
    for permission in Permission::ALL {
        let (scope, meaning) = (permission.as_str(), permission.meaning().trim());
        writeln!(page, "| `{scope}` | {meaning} | {} |", cells(*permission)).unwrap();
    }
    write!(
        page,
        "\n## Operations\n\n| operation | | scope | {roles} |\n|---|---|---{line}|\n"
    )
    .unwrap();
    for of in OPERATIONS {
        let method = of.method.to_uppercase();
        let (scope, cells) = match of.access {
            Access::Needs(permission) => (format!("`{}`", permission.as_str()), cells(permission)),
            Access::Public => ("none".to_owned(), vec!["yes"; Role::ALL.len()].join(" | ")),
        };
        writeln!(
            page,
            "| `{}` | {method} `{}` | {scope} | {cells} |",
            of.id, of.path
        )
        .unwrap();
    }
    page
}

#[test]
fn the_page_of_permissions_is_what_the_program_knows() {
    let printed = printed();
    if std::env::var_os("THUNGAN_PRINT_DOCS").is_some() {
        std::fs::write(DOCUMENT, &printed).unwrap();
    }
    let written = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(
        written == printed,
        "docs/PERMISSIONS.md is behind; run this test with THUNGAN_PRINT_DOCS=1"
    );
}

#[test]
fn the_contract_names_the_scope_of_every_operation() {
    let documented: BTreeMap<_, _> = operations().into_iter().map(|of| (of.id, of)).collect();
    for of in OPERATIONS {
        let scopes = documented[of.id].scopes();
        match of.access {
            Access::Needs(permission) => assert_eq!(scopes, [permission.as_str()], "{}", of.id),
            Access::Public => assert!(scopes.is_empty(), "{}", of.id),
        }
    }
}

/// The cells of the printed page: operation to scope and roles.
fn page() -> Vec<(String, Option<String>, Vec<bool>)> {
    let text = std::fs::read_to_string(DOCUMENT).unwrap();
    let (_, table) = text.split_once("## Operations").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let plain = |cell: &str| cell.trim_matches('`').to_owned();
        let scope = Some(plain(cells[2])).filter(|scope| scope != "none");
        (
            plain(cells[0]),
            scope,
            cells[3..].iter().map(|cell| *cell == "yes").collect(),
        )
    })
    .collect()
}

/// Calls an operation with nothing behind it; whether the key may.
async fn may(gateway: &Gateway, key: &str, id: &str) -> bool {
    let of = OPERATIONS.iter().find(|of| of.id == id).unwrap();
    let parts = of
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { "none" } else { part });
    let path = parts.collect::<Vec<_>>().join("/");
    let method: Method = of.method.to_uppercase().parse().unwrap();
    let answer = gateway.call_as(key, method, &path, None).await;
    assert!(answer.status.as_u16() < 500, "{id}: {}", answer.text);
    let keyed = matches!(of.access, Access::Needs(_));
    assert!(
        answer.status.as_u16() != 401 || !keyed,
        "{id}: {}",
        answer.text
    );
    assert_eq!(
        answer.status.as_u16() == 403,
        answer.code() == "forbidden",
        "{id}"
    );
    answer.status.as_u16() != 403
}

async fn make(gateway: &Gateway, body: Value) -> (String, String) {
    let made = gateway.call(Method::POST, "/v1/api-keys", Some(body)).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text);
    let text = |member: &str| made.json[member].as_str().unwrap().to_owned();
    (text("id"), text("api_key"))
}

fn command(gateway: &Gateway, arguments: &[&str]) -> String {
    let (code, text) = gateway.command(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {text}");
    text
}

/// A key from the command line.
fn made(gateway: &Gateway, arguments: &[&str]) -> String {
    let create = ["keys", "create", "--json"];
    let said = command(gateway, &[&create, arguments].concat());
    let made: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    made["api_key"].as_str().unwrap().to_owned()
}

async fn list_with(gateway: &Gateway, key: &str) -> Answer {
    gateway
        .call_as(key, Method::GET, "/v1/fee-items", None)
        .await
}

/// Waits until a key is refused; how long it took.
async fn until_refused(gateway: &Gateway, key: &str) -> Duration {
    let began = Instant::now();
    loop {
        let answer = list_with(gateway, key).await;
        if answer.status.as_u16() == 401 {
            return began.elapsed();
        }
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it is still taken"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

on_both_engines! {
    /// 0 differences between the printed page and what the gateway does.
    async fn every_role_and_every_scope_may_call_what_the_page_says_and_nothing_else(gateway: &Gateway) {
        let page = page();
        assert_eq!(page.len(), OPERATIONS.len());
        for (column, role) in Role::ALL.iter().enumerate() {
            let key = made(gateway, &["--tenant", "office", "--role", role.as_str()]);
            for (id, _, cells) in &page {
                assert_eq!(may(gateway, &key, id).await, cells[column], "{} {id}", role.as_str());
            }
        }
        for permission in Permission::ALL {
            let scope = permission.as_str();
            let (_, key) = make(gateway, json!({"label": scope, "scopes": [scope]})).await;
            for (id, needed, _) in &page {
                let allowed = needed.as_deref().is_none_or(|needed| needed == scope);
                assert_eq!(may(gateway, &key, id).await, allowed, "{scope} {id}");
            }
        }
    }

    async fn a_key_gives_no_more_than_it_has(gateway: &Gateway) {
        let body = json!({"label": "Trưởng phòng", "scopes": ["keys:read", "keys:write", "fees:read"],
            "expires_at": "2126-01-01T00:00:00Z", "allowed_networks": ["127.0.0.0/8"]});
        let (_, key) = make(gateway, body).await;
        let ask = async |scopes: Value, expires_at: Value, networks: Value| {
            let body = json!({"label": "x", "scopes": scopes, "expires_at": expires_at, "allowed_networks": networks});
            gateway.call_as(&key, Method::POST, "/v1/api-keys", Some(body)).await
        };
        let (end, own) = (json!("2125-01-01T00:00:00Z"), json!(["127.0.0.0/9"]));
        for (scopes, expires_at, networks, pointer) in [
            (json!(["fees:write"]), &end, &own, "/scopes/0"),
            (json!(["fees:read", "payments:read"]), &end, &own, "/scopes/1"),
            (json!(["*"]), &end, &own, "/scopes/0"),
            (json!(["fees:read", "*"]), &end, &own, "/scopes/1"),
            (json!(["fees:read", "fees:read"]), &end, &own, "/scopes/1"),
            (json!([]), &end, &own, "/scopes"),
            (json!(["fees:read"]), &json!(null), &own, "/expires_at"),
            (json!(["fees:read"]), &json!("2126-01-01T00:00:01Z"), &own, "/expires_at"),
            (json!(["fees:read"]), &json!("2020-01-01T00:00:00Z"), &own, "/expires_at"),
            (json!(["fees:read"]), &end, &json!(null), "/allowed_networks"),
            (json!(["fees:read"]), &end, &json!(["127.0.0.1", "10.0.0.1"]), "/allowed_networks"),
            (json!(["fees:read"]), &end, &json!(["127.0.0.1/8"]), "/allowed_networks/0"),
            (json!(["fees:read"]), &end, &json!([]), "/allowed_networks"),
        ] {
            let refused = ask(scopes.clone(), expires_at.clone(), networks.clone()).await;
            assert_eq!((refused.status.as_u16(), refused.pointers()), (422, vec![pointer]), "{scopes} {expires_at} {networks}");
        }
        let given = ask(json!(["fees:read"]), end.clone(), own).await;
        assert_eq!(given.status.as_u16(), 201, "{}", given.text);
        assert!(given.json["created_by"].as_str().unwrap().starts_with("key_"));
        assert_eq!(list_with(gateway, given.json["api_key"].as_str().unwrap()).await.status.as_u16(), 200);
        // It lives in one tenant: the neighbour neither sees nor ends it.
        let path = format!("/v1/api-keys/{}", given.json["id"].as_str().unwrap());
        for method in [Method::GET, Method::DELETE] {
            let foreign = gateway.call_as(&gateway.neighbour_key, method, &path, None).await;
            assert_eq!((foreign.status.as_u16(), foreign.code()), (404, "not_found"));
        }
        gateway.assert_books_hold();
    }

    async fn a_key_shows_its_text_once_and_when_it_was_used(gateway: &Gateway) {
        let (id, key) = make(gateway, json!({"label": "Quầy 3", "scopes": ["fees:read"]})).await;
        let path = format!("/v1/api-keys/{id}");
        assert_eq!(gateway.get(&path).await["last_used_at"], Value::Null);
        assert_eq!(list_with(gateway, &key).await.status.as_u16(), 200);
        let began = Instant::now();
        while gateway.get(&path).await["last_used_at"].is_null() {
            assert!(began.elapsed() < Duration::from_secs(5), "its use was not noted");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let listed = command(gateway, &["keys", "list", "--json", "--tenant", "office"]);
        let lists = [gateway.get("/v1/api-keys").await.to_string(), gateway.get(&path).await.to_string(), listed, gateway.log()];
        for shown in &lists { assert!(!shown.contains(&key[8..]), "{shown}"); }
        assert!(lists[..3].iter().all(|shown| shown.contains(&id) && shown.contains("Quầy 3")));
    }

    async fn a_key_is_taken_only_from_its_networks_and_only_until_its_end(gateway: &Gateway) {
        let (_, elsewhere) = make(gateway, json!({"label": "x", "scopes": ["*"], "allowed_networks": ["203.0.113.0/24"]})).await;
        let refused = list_with(gateway, &elsewhere).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (403, "forbidden"));
        // Nobody is a trusted proxy here, so nobody is believed.
        let forged = gateway.client.get(format!("{}/v1/fee-items", gateway.base_url))
            .bearer_auth(&elsewhere).header("x-forwarded-for", "203.0.113.9");
        assert_eq!(forged.send().await.unwrap().status().as_u16(), 403);
        let soon = crate::support::bank::now().plus_seconds(1);
        let (_, ending) = make(gateway, json!({"label": "x", "scopes": ["fees:read"], "expires_at": soon})).await;
        assert_eq!(list_with(gateway, &ending).await.status.as_u16(), 200);
        assert!(until_refused(gateway, &ending).await < Duration::from_millis(2_000));
    }

    /// The operator's command and the API both end a key within a second, and what it had opened.
    async fn a_revoked_key_is_refused_within_a_second(gateway: &Gateway) {
        let request = gateway.ask_for(10_000).await;
        for by_command in [true, false] {
            let (id, key) = make(gateway, json!({"label": "x", "scopes": ["fees:read", "payment_requests:read"]})).await;
            assert_eq!(list_with(gateway, &key).await.status.as_u16(), 200);
            let stream = format!("{}/v1/payment-requests/{}/events", gateway.base_url, request["id"].as_str().unwrap());
            let mut stream = gateway.client.get(stream).bearer_auth(&key).send().await.unwrap();
            assert!(stream.chunk().await.unwrap().is_some());
            if by_command {
                command(gateway, &["keys", "revoke", "--tenant", "office", &id]);
            } else {
                let path = format!("/v1/api-keys/{id}");
                assert_eq!(gateway.call(Method::DELETE, &path, None).await.status.as_u16(), 204);
            }
            let ended = tokio::time::timeout(Duration::from_secs(2), async { while stream.chunk().await.unwrap().is_some() {} });
            let (refused, ended) = tokio::join!(until_refused(gateway, &key), ended);
            assert!(refused < Duration::from_secs(1), "{refused:?}");
            assert!(ended.is_ok(), "the stream goes on");
            assert!(!gateway.get(&format!("/v1/api-keys/{id}")).await["revoked_at"].is_null());
        }
        gateway.assert_books_hold();
    }

    async fn wrong_arguments_make_no_key(gateway: &Gateway) {
        let before = gateway.get("/v1/api-keys").await["data"].as_array().unwrap().len();
        for wrong in [&["--role", "boss"][..], &["--scope", "payments"], &["--allow", "10.0.0.1/8"], &["--expires-in-days", "0"],
            &["--role", "viewer", "--scope", "fees:read"], &["--label", "a\u{202e}b"]] {
            let (code, text) = gateway.command(&[&["keys", "create", "--tenant", "office"], wrong].concat());
            assert!(code != Some(0) && !text.contains("tn_test_"), "{wrong:?}: {text}");
        }
        assert_eq!(gateway.get("/v1/api-keys").await["data"].as_array().unwrap().len(), before);
    }
}

/// Another process on the same database hears of it as fast.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_in_one_process_is_refused_in_another_within_a_second() {
    let Some(gateway) = Gateway::on_postgres().await else {
        return;
    };
    let other = gateway.beside().await;
    let (id, key) = make(&gateway, json!({"label": "x", "scopes": ["fees:read"]})).await;
    for gateway in [&gateway, &other] {
        assert_eq!(list_with(gateway, &key).await.status.as_u16(), 200);
    }
    let revoked = gateway
        .call(Method::DELETE, &format!("/v1/api-keys/{id}"), None)
        .await;
    assert_eq!(revoked.status.as_u16(), 204);
    let refused = until_refused(&other, &key).await;
    assert!(refused < Duration::from_secs(1), "{refused:?}");
}

/// A live tenant beside the test tenants: each key opens its own, the simulated bank is for test keys, and
/// behind a proxy that is trusted a key's networks are the callers'.
async fn live_beside_test(mut gateway: Gateway) {
    gateway.stop();
    let text = std::fs::read_to_string(gateway.config()).unwrap();
    let text = text.replace(
        "[server]\n",
        "[server]\npublic_url = \"https://thungan.example.vn\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n",
    ) + "\n[[tenant]]\nslug = \"real\"\nmode = \"live\"\nname = \"Đơn vị thật mẫu\"\n[[tenant.account]]\nbank = \"970436\"\n\
        number = \"5550001112223\"\nname = \"DON VI THAT MAU\"\n";
    std::fs::write(gateway.config(), text).unwrap();
    let live = made(&gateway, &["--tenant", "real", "--allow", "203.0.113.0/24"]);
    assert!(live.starts_with("tn_live_"));
    gateway.start_again().await;
    let test = gateway.ask_for(10_000).await;
    let send = async |method: Method, path: &str, key: &str, body: Option<Value>, from: &str| {
        let request = gateway
            .client
            .request(method, format!("{}{path}", gateway.base_url));
        let request = request.bearer_auth(key).header("x-forwarded-for", from);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        answer(request.send().await.unwrap()).await
    };
    let from = "198.51.100.1, 203.0.113.9";
    let own = format!("/v1/payment-requests/{}", test["id"].as_str().unwrap());
    let hidden = send(Method::GET, &own, &live, None, from).await;
    assert_eq!((hidden.status.as_u16(), hidden.code()), (404, "not_found"));
    let order = json!({"qr_payload": test["qr"]["payload"]});
    let refused = send(
        Method::POST,
        "/v1/simulator/transfers",
        &live,
        Some(order.clone()),
        from,
    )
    .await;
    assert_eq!(
        (refused.status.as_u16(), refused.code()),
        (403, "forbidden"),
        "{}",
        refused.text
    );
    let elsewhere = send(
        Method::GET,
        "/v1/fee-items",
        &live,
        None,
        "203.0.113.9, 198.51.100.1",
    )
    .await;
    assert_eq!(
        (elsewhere.status.as_u16(), elsewhere.code()),
        (403, "forbidden")
    );
    let made = send(
        Method::POST,
        "/v1/payment-requests",
        &live,
        Some(json!({"amount": 5_000})),
        from,
    )
    .await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text);
    let foreign = format!("/v1/payment-requests/{}", made.json["id"].as_str().unwrap());
    assert_eq!(
        gateway
            .call(Method::GET, &foreign, None)
            .await
            .status
            .as_u16(),
        404
    );
    // The words live and test stand under the checksum.
    for forged in [
        live.replace("tn_live_", "tn_test_"),
        gateway.key.replace("tn_test_", "tn_live_"),
    ] {
        assert_eq!(
            send(Method::GET, "/v1/fee-items", &forged, None, from)
                .await
                .status
                .as_u16(),
            401
        );
    }
    assert_eq!(
        send(
            Method::POST,
            "/v1/simulator/transfers",
            &gateway.key,
            Some(order),
            from
        )
        .await
        .status
        .as_u16(),
        201
    );
    let key = json!({"label": "x", "scopes": ["fees:read"], "allowed_networks": ["203.0.113.9"]});
    let key = send(Method::POST, "/v1/api-keys", &live, Some(key), from).await;
    assert_eq!(
        (key.status.as_u16(), &key.json["mode"]),
        (201, &json!("live"))
    );
    assert!(
        key.json["api_key"]
            .as_str()
            .unwrap()
            .starts_with("tn_live_")
    );
    gateway.assert_books_hold();
}

#[tokio::test(flavor = "multi_thread")]
async fn test_and_live_never_mix_on_sqlite() {
    live_beside_test(Gateway::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_and_live_never_mix_on_postgres() {
    if let Some(gateway) = Gateway::on_postgres().await {
        live_beside_test(gateway).await;
    }
}
