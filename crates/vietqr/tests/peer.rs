//! The same transfers written by us and by the npm library vietnam-qr-pay 1.5.1, byte for byte.
//!
//! What it wrote for some of them is stored, and compared in every run. The long comparison needs node,
//! npm and its registry, which a build must not depend on: it is an ignored test, listed as not run, and
//! `scripts/qr-peer differential` runs it.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use money::Vnd;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use vietqr::{AcquirerBin, ConsumerAccount, Transfer, banks};

/// The values of a transfer; what is empty is left out by both.
fn transfers() -> impl Strategy<Value = Value> {
    let bins: Vec<String> = banks::all()
        .iter()
        .filter(|bank| bank.kind != banks::Kind::CardBin)
        .map(|bank| bank.bin.clone())
        .collect();
    let word = "[A-Za-z0-9.,/+-]{1,8}( [A-Za-z0-9.,/+-]{1,8}){0,1}";
    let rarely = |text: &'static str| prop_oneof![3 => Just(String::new()), 1 => text];
    let labels = prop::collection::vec(
        prop_oneof![6 => Just(String::new()), 1 => Just("***".to_owned()), 3 => "[ -~&&[^ ]]{1,9}"],
        7,
    );
    let amount = prop_oneof![
        1 => Just(String::new()),
        4 => (1_i64..500_000_000).prop_map(|dong| dong.to_string()),
    ];
    let head = (
        prop::sample::select(bins),
        "[0-9A-Za-z]{1,19}",
        prop::sample::select(vec!["QRIBFTTA", "QRIBFTTC"]),
        prop::sample::select(vec!["11", "12"]),
        amount,
        rarely("[0-9]{4}"),
    );
    let names = (
        rarely("[ -~&&[^ ]]{1,25}"),
        rarely("[!-~]{1,15}"),
        rarely("[!-~]{1,10}"),
    );
    let purpose = prop_oneof![1 => Just(String::new()), 4 => word];
    (head, names, labels, purpose).prop_map(|(head, names, mut labels, purpose)| {
        labels.push(purpose);
        // All of 62 must fit its two digits.
        while labels.iter().filter(|text| !text.is_empty()).map(|text| text.len() + 4).sum::<usize>() > 99 {
            let longest = labels.iter_mut().max_by_key(|text| text.len()).unwrap();
            longest.clear();
        }
        json!({
            "bin": head.0, "account": head.1, "service": head.2, "initiation": head.3, "amount": head.4,
            "category": head.5, "name": names.0, "city": names.1, "postal_code": names.2, "texts": labels,
        })
    })
}

fn many(count: usize) -> Vec<Value> {
    let mut runner = TestRunner::new(ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_122),
        ..ProptestConfig::default()
    });
    let transfers = transfers();
    let one = |_| transfers.new_tree(&mut runner).unwrap().current();
    (0..count).map(one).collect()
}

fn ours(given: &Value) -> String {
    let text = |name: &str| given[name].as_str().unwrap();
    let bin = AcquirerBin::parse(text("bin")).unwrap();
    let account = ConsumerAccount::parse(text("account")).unwrap();
    let mut transfer = match text("service") {
        "QRIBFTTA" => Transfer::to_account(bin, account),
        _ => Transfer::to_card(bin, account),
    };
    if text("initiation") == "12" {
        transfer = transfer.one_time();
    }
    if !text("amount").is_empty() {
        transfer = transfer.amount(Vnd::new(text("amount").parse().unwrap()).unwrap());
    }
    let label = |index: usize| given["texts"][index].as_str().unwrap();
    transfer
        .merchant_category(text("category"))
        .merchant_name(text("name"))
        .merchant_city(text("city"))
        .postal_code(text("postal_code"))
        .bill_number(label(0))
        .mobile_number(label(1))
        .store_label(label(2))
        .loyalty_number(label(3))
        .reference_label(label(4))
        .customer_label(label(5))
        .terminal_label(label(6))
        .purpose(label(7))
        .encode()
        .unwrap()
        .into_string()
}

/// What the npm library writes; `THUNGAN_QR_PEER` is the folder in which `scripts/qr-peer` installed it.
fn theirs(transfers: &[Value]) -> Vec<String> {
    let folder = std::env::var_os("THUNGAN_QR_PEER").unwrap_or_default();
    assert!(
        !folder.is_empty(),
        "run by scripts/qr-peer, which sets THUNGAN_QR_PEER"
    );
    let mut node = Command::new("node")
        .args(["peer.mjs", "write"])
        .current_dir(Path::new(&folder))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = transfers
        .iter()
        .map(Value::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    lines.push('\n');
    let mut input = node.stdin.take().unwrap();
    // Beside the reading: both pipes are smaller than the texts.
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    output.lines().map(str::to_owned).collect()
}

#[test]
fn our_payloads_are_those_that_the_npm_library_wrote() {
    let stored = include_str!("data/vietnam-qr-pay.jsonl");
    let mut compared = 0;
    for line in stored.lines() {
        let sample: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            ours(&sample["transfer"]),
            sample["payload"].as_str().unwrap()
        );
        compared += 1;
    }
    assert_eq!(compared, 400);
}

#[test]
#[ignore = "needs node, npm and its registry: scripts/qr-peer differential"]
fn ten_thousand_random_transfers_are_written_as_the_npm_library_writes_them() {
    let transfers = many(10_000);
    let theirs = theirs(&transfers);
    assert_eq!(theirs.len(), transfers.len());
    for (transfer, theirs) in transfers.iter().zip(&theirs) {
        assert_eq!(&ours(transfer), theirs, "{transfer}");
    }
    println!("{} transfers are the same, byte for byte", theirs.len());
}

/// Not a test: stores what the npm library writes.
#[test]
#[ignore = "writes the stored comparison: scripts/qr-peer samples"]
fn the_samples_of_the_npm_library_are_stored() {
    let transfers = many(400);
    let mut lines = String::new();
    for (transfer, payload) in transfers.iter().zip(theirs(&transfers)) {
        lines += &json!({ "transfer": transfer, "payload": payload }).to_string();
        lines.push('\n');
    }
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/vietnam-qr-pay.jsonl"
    );
    std::fs::write(file, lines).unwrap();
}
