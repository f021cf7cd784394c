//! Reading codes and looking banks up.

use super::Watched;
use reqwest::Method;
use serde_json::json;

pub(super) async fn qr(watched: &Watched<'_>) {
    let decode = "/v1/qr/decode";
    let request = watched
        .expect(
            201,
            Method::POST,
            "/v1/payment-requests",
            Some(json!({"amount": 79_000})),
        )
        .await;
    let payload = request["qr"]["payload"].as_str().unwrap();
    let read = async |payload: &str| {
        let body = json!({"payload": payload});
        watched.expect(200, Method::POST, decode, Some(body)).await
    };
    let own = read(payload).await;
    assert_eq!(
        (&own["valid"], &own["transfer"]["amount"]),
        (&json!(true), &json!(79_000))
    );
    assert_eq!(own["transfer"]["memo"], request["memo"]);
    // One digit of the amount is another: the checksum is wrong, and nobody is paid.
    let altered = read(&payload.replacen("79000", "97000", 1)).await;
    assert_eq!(
        (&altered["valid"], &altered["transfer"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(altered["problems"][0]["severity"], "error");
    let long = json!({"payload": "0".repeat(4_297)});
    watched.expect(422, Method::POST, decode, Some(long)).await;

    let all = watched.expect(200, Method::GET, "/v1/qr/banks", None).await;
    assert!(all["data"].as_array().unwrap().len() > 30);
    for name in ["vietcombank", "970436", "BFTVVNVX"] {
        let path = format!("/v1/qr/banks?name={name}");
        let found = watched.expect(200, Method::GET, &path, None).await;
        assert_eq!(found["data"][0]["bin"], "970436", "{name}");
    }
    watched
        .expect(404, Method::GET, "/v1/qr/banks?name=khong-co", None)
        .await;
    watched
        .expect(400, Method::GET, "/v1/qr/banks?name=", None)
        .await;
}
