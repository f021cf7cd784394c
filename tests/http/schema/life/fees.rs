//! The fee schedule: imported, read, asked for prices.

use super::Watched;
use reqwest::Method;
use serde_json::json;

pub(super) async fn fees(watched: &Watched<'_>) {
    let table = "code,name_vi,kind,amount_vnd,retained_percent,remitted_percent,online_discount,amount_rule,reliefs,unit\n\
        PHI-A,Phí A,phi,20000,50,50,factor:0.9@2020-01-01..,,\"[{\"\"code\"\":\"\"NCT\"\",\"\"name\"\":\"\"Người cao tuổi\"\",\"\"factor\"\":\"\"0.5\"\"}]\",lần\n\
        PHI-B,Phí B,phi,,50,50,none,\"{\"\"type\"\":\"\"rate\"\",\"\"rate\"\":\"\"0.005\"\"}\",,\n\
        KHAC,Khoản khác,khoan_thu,,,,none,,,\n";
    let import = "/v1/fee-schedule/imports";
    let body = json!({"csv": table});
    let dry = json!({"csv": table, "dry_run": true});
    let would = watched.expect(200, Method::POST, import, Some(dry)).await;
    assert_eq!((&would["added"], &would["id"]), (&json!(3), &json!(null)));
    watched
        .expect(201, Method::POST, import, Some(body.clone()))
        .await;
    watched.expect(200, Method::POST, import, Some(body)).await;
    watched
        .expect(422, Method::POST, import, Some(json!({"csv": "code\nx\n"})))
        .await;
    watched
        .expect(200, Method::GET, "/v1/fee-items/PHI-A", None)
        .await;
    watched
        .expect(404, Method::GET, "/v1/fee-items/NONE", None)
        .await;
    let lines = json!([
        {"item": "PHI-A", "quantity": 2, "relief": {"code": "NCT", "proof": "Thẻ 12"}},
        {"item": "PHI-A"}, {"item": "PHI-B", "base_amount": 1_000_000}, {"item": "KHAC", "amount": 7},
        {"item": "CT-CHUKY", "quantity": 2}, {"amount": 3},
    ]);
    let quote = json!({"lines": lines, "filed": "online"});
    let quoted = watched
        .expect(200, Method::POST, "/v1/price-quotes", Some(quote))
        .await;
    assert_eq!(quoted["amount"], 20_000 + 18_000 + 5_000 + 7 + 20_000 + 3);
    watched
        .expect(
            422,
            Method::POST,
            "/v1/price-quotes",
            Some(json!({"lines": [{"item": "PHI-A", "amount": 1}]})),
        )
        .await;
    let asked = json!({"lines": lines, "filed": "online", "amount": 63_010});
    let request = watched
        .expect(201, Method::POST, "/v1/payment-requests", Some(asked))
        .await;
    assert_eq!(request["lines"], quoted["lines"]);
}
