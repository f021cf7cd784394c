//! Statements over HTTP and on the command line.

use crate::support::bank::{Booked, now, sepay_notice, statement};
use crate::support::{ACCOUNT, Answer, Gateway, answer, on_both_engines};
use payment::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::{Duration, Instant};

async fn send(gateway: &Gateway, path: &str, file: Vec<u8>) -> Answer {
    let request = gateway
        .client
        .post(format!("{}{path}", gateway.base_url))
        .bearer_auth(&gateway.key)
        .body(file);
    answer(request.send().await.unwrap()).await
}

/// Waits until an import has come to its end.
async fn done(gateway: &Gateway, id: &str) -> Value {
    let began = Instant::now();
    loop {
        let import = gateway.get(&format!("/v1/statement-imports/{id}")).await;
        if import["status"] == "done" {
            return import;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{import}\n{}",
            gateway.log()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn import(gateway: &Gateway, file: String) -> Value {
    let taken = send(
        gateway,
        "/v1/statement-imports?file_name=sao-ke.csv",
        file.into_bytes(),
    )
    .await;
    assert!(taken.status.is_success(), "{}", taken.text);
    done(gateway, taken.json["id"].as_str().unwrap()).await
}

fn line(at: Timestamp, number: i64, amount: i64, memo: &str) -> Booked {
    Booked {
        at,
        reference: format!("FT26{number:09}"),
        amount,
        balance: 10_000_000 + number * 1_000_000 + amount,
        memo: memo.to_owned(),
    }
}

fn workbook(parts: &[(&str, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

on_both_engines! {
    async fn money_that_no_callback_reported_is_settled_from_the_statement_and_the_late_callback_is_a_duplicate(gateway: &Gateway) {
        let missed = gateway.ask_for(79_000).await;
        let heard = gateway.ask_for(50_000).await;
        let memo = |request: &Value| format!("{} Phi chung thuc", request["reference"].as_str().unwrap());
        let mut notice = sepay_notice(26_000_000_002, 50_000, &memo(&heard));
        notice["referenceCode"] = json!("FT26000000002");
        gateway.hear(&notice.to_string()).await;
        gateway.until(heard["id"].as_str().unwrap(), "paid").await;

        let at = now();
        let file = statement(ACCOUNT, &[
            line(at, 1, 79_000, &format!("MBVCB.1.{}", memo(&missed))),
            line(at, 2, 50_000, &format!("MBVCB.2.{}", memo(&heard))),
            line(at, 3, -11_000, "Phi SMS"),
        ]);
        let seen = send(gateway, "/v1/statement-previews", file.clone().into_bytes()).await;
        assert_eq!((&seen.json["lines"], &seen.json["credits"], &seen.json["duplicates"]), (&json!(3), &json!(2), &json!(0)), "{}", seen.text);
        assert_eq!(gateway.get("/v1/statement-imports").await["data"], json!([]));

        let whole = import(gateway, file.clone()).await;
        assert_eq!((&whole["reported"], &whole["booked"], &whole["held"]), (&json!(1), &json!(1), &json!(0)), "{whole}");
        gateway.until(missed["id"].as_str().unwrap(), "paid").await;
        let id = whole["id"].as_str().unwrap();
        let lines = gateway.get(&format!("/v1/statement-imports/{id}/lines")).await;
        let outcomes: Vec<_> = lines["data"].as_array().unwrap().iter().map(|line| line["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["settled", "reported", "debit"]);
        let seen = send(gateway, "/v1/statement-previews", file.clone().into_bytes()).await;
        assert_eq!(seen.json["duplicates"], 3);
        let again = import(gateway, file.clone()).await;
        assert_eq!(again, whole);

        let mut late = sepay_notice(26_000_000_001, 79_000, &memo(&missed));
        late["referenceCode"] = json!("FT26000000001");
        gateway.hear(&late.to_string()).await;
        let messages = gateway.settled().await;
        assert_eq!(messages.last().unwrap()["outcome"], "duplicate", "{messages:?}");
        assert_eq!(gateway.request(missed["id"].as_str().unwrap()).await["amount_received"], 79_000);
        gateway.assert_books_hold();

        // The neighbour sees nothing of it.
        let foreign = gateway.call_as(&gateway.neighbour_key, reqwest::Method::GET, &format!("/v1/statement-imports/{id}"), None).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    }

    async fn what_is_no_statement_or_of_another_account_or_built_to_hurt_is_refused_whole(gateway: &Gateway) {
        let camt = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/statements/camt053.xml")).unwrap();
        let bomb = workbook(&[
            ("xl/workbook.xml", r#"<workbook><sheets><sheet name="a" r:id="rId1"/></sheets></workbook>"#.to_owned()),
            ("xl/_rels/workbook.xml.rels", r#"<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"#.to_owned()),
            ("xl/worksheets/sheet1.xml", "0".repeat(300 * 1024 * 1024)),
        ]);
        assert!(bomb.len() < 1024 * 1024, "{} bytes", bomb.len());
        let foreign = statement("9990001112223", &[line(now(), 1, 5_000, "tien cua truong")]);
        for (what, file) in [
            ("unpacks to too much", bomb),
            ("declares a document type", camt.replace("nop phi", "&lol;").into_bytes()),
            ("nested too deep", camt.replace("<NtryDtls>", &"<a>".repeat(64)).into_bytes()),
            ("is a PDF", b"%PDF-1.7".to_vec()),
            ("is empty", Vec::new()),
            ("9990001112223 is not one of yours", foreign.into_bytes()),
        ] {
            for path in ["/v1/statement-previews", "/v1/statement-imports"] {
                let request = gateway.client.post(format!("{}{path}", gateway.base_url))
                    .bearer_auth(&gateway.key).header("accept-language", "en").body(file.clone());
                let answer = answer(request.send().await.unwrap()).await;
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
                assert!(answer.text.contains(what), "{what}: {}", answer.text);
            }
        }
        assert_eq!(gateway.get("/v1/statement-imports").await["data"], json!([]));
        assert_eq!(gateway.get("/v1/ledger/trial-balance").await["total_debit"], 0);
    }

    async fn the_command_line_imports_with_the_same_effect_and_says_which_rows_are_wrong(gateway: &Gateway) {
        let request = gateway.ask_for(79_000).await;
        let memo = format!("{} Phi chung thuc", request["reference"].as_str().unwrap());
        let mut file = statement(ACCOUNT, &[line(now(), 1, 79_000, &memo), line(now(), 2, 3_000, "khach vang lai gui tien")]);
        file.push_str("31/02/2026;FT1;;5;;ngay sai\n");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sao-ke.csv");
        std::fs::write(&path, &file).unwrap();
        let path = path.to_str().unwrap();

        let (code, said) = gateway.command(&["import", "--tenant", "office", "--dry-run", path]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("row 5: "), "{said}");
        assert_eq!(gateway.get("/v1/statement-imports").await["data"], json!([]));
        let (code, said) = gateway.command(&["import", "--tenant", "office", "--json", path]);
        let import: Value = serde_json::from_str(said.trim()).unwrap();
        assert_eq!((code, &import["booked"], &import["error_count"]), (Some(1), &json!(2), &json!(1)), "{said}");
        gateway.until(request["id"].as_str().unwrap(), "paid").await;
        let (_, said) = gateway.command(&["import", "--tenant", "office", path]);
        assert!(said.contains("2 known already"), "{said}");
        std::fs::write(path, statement(ACCOUNT, &[line(now(), 1, 79_000, &memo)])).unwrap();
        let (code, said) = gateway.command(&["import", "--tenant", "office", path]);
        assert_eq!(code, Some(0), "{said}");
        let (code, said) = gateway.command(&["import", "--tenant", "neighbour", path]);
        assert_eq!(code, Some(1), "{said}");
        gateway.assert_books_hold();
    }
}

/// Killed while it imports, started again: every movement once.
async fn an_import_survives_kills(mut gateway: Gateway) {
    let at = now().plus_seconds(-86_400);
    let lines: Vec<Booked> = (0..6_000)
        .map(|number| {
            line(
                at.plus_seconds(number),
                number,
                1_000 + number % 7,
                &format!("khach so {number} chuyen tien hang"),
            )
        })
        .collect();
    let sum: i64 = lines.iter().map(|line| line.amount).sum();
    let file = statement(ACCOUNT, &lines);
    let taken = send(&gateway, "/v1/statement-imports", file.into_bytes()).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text);
    let id = taken.json["id"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(120)).await;
        gateway.kill();
        gateway.start_again().await;
    }
    let import = done(&gateway, &id).await;
    assert_eq!(
        (
            &import["booked"],
            &import["reported"],
            &import["duplicates"]
        ),
        (&json!(6_000), &json!(0), &json!(0)),
        "{import}"
    );
    let trial = gateway.get("/v1/ledger/trial-balance").await;
    assert_eq!(trial["total_debit"], sum, "{trial}");
    gateway.assert_books_hold();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_survives_kills_on_sqlite() {
    an_import_survives_kills(Gateway::on_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_survives_kills_on_postgres() {
    if let Some(gateway) = Gateway::on_postgres().await {
        an_import_survives_kills(gateway).await;
    }
}
