//! Bank statements: looked at, imported, followed, refused.

use super::Watched;
use crate::support::ACCOUNT;
use crate::support::bank::{Booked, now, statement};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

const NOBODY: &str = "stmt_00000000000000000000000000000000";

pub(super) async fn statements(watched: &Watched<'_>) {
    let send = async |path: &str, body: Vec<u8>, compressed: bool| {
        let answer = watched
            .send(Method::POST, path, |request| {
                let request = request.bearer_auth(&watched.gateway.key).body(body);
                if compressed {
                    request.header("content-encoding", "gzip")
                } else {
                    request
                }
            })
            .await;
        (answer.status.as_u16(), answer.json)
    };
    for path in ["/v1/statement-previews", "/v1/statement-imports"] {
        assert_eq!(
            send(&format!("{path}?encoding=x"), vec![], false).await.0,
            400
        );
        assert_eq!(send(path, vec![b' '; 50_331_649], false).await.0, 413);
        assert_eq!(send(path, b"x".to_vec(), true).await.0, 415);
        assert_eq!(send(path, b"%PDF-1.7".to_vec(), false).await.0, 422);
    }
    let line = |amount: i64, balance: i64, memo: &str| Booked {
        at: now().plus_seconds(-3_600),
        reference: format!("FT99{balance:08}"),
        amount,
        balance,
        memo: memo.to_owned(),
    };
    let mut file = statement(
        ACCOUNT,
        &[
            line(71_000, 1_071_000, "tien hang cua khach vang lai"),
            line(-11_000, 1_060_000, "phi quan ly tai khoan"),
        ],
    );
    file.push_str("31/02/2026;FT1;;5;;ngay sai\n22/11/2026;FT2;;mot ngan;;so sai\n");
    let (status, seen) = send("/v1/statement-previews", file.clone().into_bytes(), false).await;
    assert_eq!(status, 200, "{seen}");
    assert_eq!(
        (&seen["lines"], &seen["error_count"]),
        (&json!(2), &json!(2)),
        "{seen}"
    );
    let path = format!("/v1/statement-imports?file_name=sao-ke.csv&account={ACCOUNT}");
    let (status, taken) = send(&path, file.clone().into_bytes(), false).await;
    assert_eq!(status, 202, "{taken}");
    let import = format!("/v1/statement-imports/{}", taken["id"].as_str().unwrap());
    for _ in 0..1_000 {
        let stands = watched.expect(200, Method::GET, &import, None).await;
        if stands["status"] == "done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(send(&path, file.into_bytes(), false).await.0, 200);
    for list in ["lines", "errors"] {
        let page = watched
            .expect(200, Method::GET, &format!("{import}/{list}"), None)
            .await;
        assert_eq!(page["data"].as_array().unwrap().len(), 2, "{page}");
        watched
            .expect(400, Method::GET, &format!("{import}/{list}?limit=0"), None)
            .await;
        watched
            .expect(
                404,
                Method::GET,
                &format!("/v1/statement-imports/{NOBODY}/{list}"),
                None,
            )
            .await;
    }
    let list = "/v1/statement-imports";
    watched.expect(200, Method::GET, list, None).await;
    watched
        .expect(400, Method::GET, &format!("{list}?cursor=x"), None)
        .await;
    watched
        .expect(404, Method::GET, &format!("{list}/{NOBODY}"), None)
        .await;

    let day = now().plus_seconds(-3_600).business_date();
    let day = format!("/v1/reconciliations/{ACCOUNT}/{day}");
    let found = watched.expect(200, Method::GET, &day, None).await;
    assert_eq!(found["status"], "open", "{found}");
    let csv = watched.get(&format!("{day}?format=csv")).await;
    assert!(csv.text.contains("chưa khớp"), "{}", csv.text);
    let csv = watched
        .get(&format!("{day}?format=csv&separator=semicolon"))
        .await;
    assert!(csv.text.contains("Danh sách;Mã mục;"), "{}", csv.text);
    for wrong in ["format=xml", "format=csv&separator=tab"] {
        watched
            .expect(400, Method::GET, &format!("{day}?{wrong}"), None)
            .await;
    }
    let nobodys = "/v1/reconciliations/999/2026-11-22";
    watched.expect(404, Method::GET, nobodys, None).await;
    let said = |item: &str| Some(json!({"item": item, "reason": "đã hỏi ngân hàng"}));
    let explain = format!("{day}/explanations");
    watched
        .expect(422, Method::POST, &explain, said("pay_none"))
        .await;
    watched
        .expect(
            404,
            Method::POST,
            &format!("{nobodys}/explanations"),
            said("balance"),
        )
        .await;
    let item = &found["lists"]["statement_only"][0];
    let after = watched
        .expect(
            200,
            Method::POST,
            &explain,
            said(item["key"].as_str().unwrap()),
        )
        .await;
    assert_ne!(after["open_items"], found["open_items"]);
}
