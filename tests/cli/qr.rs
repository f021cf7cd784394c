//! `thungan qr encode` and `thungan qr decode`.

use crate::binary::{ENVIRONMENT, NO, USAGE, data, pipe, run};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PAYLOAD: &str = "00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN62220818Ung Ho Quy Vac Xin63043ACF";

fn vectors() -> Vec<Value> {
    let file = data("crates/vietqr/tests/data/vectors.json");
    file.as_array().unwrap().clone()
}

fn issues(vector: &Value) -> BTreeSet<String> {
    let issues = vector["issues"].as_array().unwrap().iter();
    issues
        .map(|issue| issue.as_str().unwrap().to_owned())
        .collect()
}

/// `{"38": {"00": …}}` as `38.00`.
fn dotted(fields: &Map<String, Value>, prefix: &str, into: &mut BTreeMap<String, String>) {
    for (tag, value) in fields {
        match value {
            Value::Object(template) => dotted(template, &format!("{prefix}{tag}."), into),
            value => {
                into.insert(format!("{prefix}{tag}"), value.as_str().unwrap().to_owned());
            }
        }
    }
}

fn check(vector: &Value, answer: &Value) {
    let id = &vector["id"];
    assert_eq!(answer["valid"], vector["valid"], "{id}");
    let problems = answer["problems"].as_array().unwrap();
    let codes = |severity: Option<&str>| -> BTreeSet<String> {
        let asked = problems
            .iter()
            .filter(|problem| severity.is_none_or(|severity| problem["severity"] == severity));
        asked
            .map(|problem| problem["code"].as_str().unwrap().to_owned())
            .collect()
    };
    for problem in problems {
        assert!(problem["at"].is_string(), "{id}: {problem}");
        assert!(
            problem["detail"].as_str().unwrap().ends_with('.'),
            "{id}: {problem}"
        );
    }
    if vector["valid"] == true {
        assert_eq!(codes(None), issues(vector), "{id}");
        let mut fields = BTreeMap::new();
        dotted(answer["fields"].as_object().unwrap(), "", &mut fields);
        let expected: BTreeMap<String, String> =
            serde_json::from_value(vector["fields"].clone()).unwrap();
        assert_eq!(fields, expected, "{id}");
    } else {
        let errors = codes(Some("error"));
        assert!(!errors.is_disjoint(&issues(vector)), "{id}: {errors:?}");
    }
}

#[test]
fn every_vector_is_judged_as_the_file_says_when_given_as_an_argument() {
    let vectors = vectors();
    let payloads = vectors
        .iter()
        .map(|vector| vector["payload"].as_str().unwrap());
    let answers = run(["qr", "decode", "--json", "--"].into_iter().chain(payloads));
    assert_eq!(answers.code, NO);
    let answers = answers.json();
    assert_eq!(answers.len(), vectors.len());
    for (vector, answer) in vectors.iter().zip(&answers) {
        assert_eq!(answer["payload"], vector["payload"]);
        check(vector, answer);
    }
}

#[test]
fn every_vector_is_judged_as_the_file_says_when_it_comes_through_a_pipe() {
    let mut vectors = vectors();
    // A line cannot hold a line break, and loses the one at its end.
    vectors.retain(|vector| !vector["payload"].as_str().unwrap().contains(['\r', '\n']));
    let lines: String = vectors
        .iter()
        .map(|vector| format!("{}\n", vector["payload"].as_str().unwrap()))
        .collect();
    let answers = pipe(["qr", "decode", "--json", "-"], lines.as_bytes()).json();
    assert_eq!(answers.len(), vectors.len());
    for (vector, answer) in vectors.iter().zip(&answers) {
        check(vector, answer);
    }
}

#[test]
fn fields_are_nested_as_the_payload_is() {
    let answer = &run(["qr", "decode", "--json", PAYLOAD]).json()[0];
    let expected = json!({
        "valid": true,
        "payload": PAYLOAD,
        "fields": {
            "00": "01", "01": "12",
            "38": {"00": "A000000727", "01": {"00": "970415", "01": "113366668888"}, "02": "QRIBFTTA"},
            "53": "704", "54": "79000", "58": "VN", "62": {"08": "Ung Ho Quy Vac Xin"}, "63": "3ACF",
        },
        "problems": [],
    });
    assert_eq!(answer, &expected);
}

#[test]
fn a_person_reads_vietnamese_or_english() {
    let vietnamese = run(["qr", "decode", PAYLOAD]);
    assert_eq!(vietnamese.code, 0);
    for text in [
        "HỢP LỆ",
        "VietinBank (970415)",
        "113366668888",
        "79.000 đ",
        "một lần",
    ] {
        assert!(vietnamese.stdout.contains(text), "{text}");
    }
    let changed = PAYLOAD.replace("79000", "19000");
    let english = run(["qr", "decode", &changed, "--english"]);
    assert_eq!(english.code, NO);
    assert!(
        english.stdout.starts_with("NOT VALID"),
        "{}",
        english.stdout
    );
    assert!(
        english.stdout.contains("CRC_MISMATCH"),
        "{}",
        english.stdout
    );
    assert!(
        !english.stdout.contains("VietinBank"),
        "nobody is to be paid by it"
    );
}

#[test]
fn a_payload_cannot_move_the_cursor_of_a_terminal() {
    let answer = run(["qr", "decode", "000201\u{1b}[2J\u{202e}"]);
    assert!(
        !answer.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        answer.stdout
    );
    let memo = vectors().into_iter().filter(|vector| {
        vector["payload"]
            .as_str()
            .unwrap()
            .contains(|c: char| c.is_control())
    });
    for vector in memo {
        let answer = run(["qr", "decode", vector["payload"].as_str().unwrap()]);
        assert!(
            !answer
                .stdout
                .contains(|c: char| c.is_control() && c != '\n'),
            "{}",
            vector["id"]
        );
    }
}

#[test]
fn an_encoded_transfer_reads_back() {
    let written = run([
        "qr",
        "encode",
        "--bank",
        "VietinBank",
        "--account",
        "113366668888",
        "--amount",
        "79000",
        "--memo",
        "Ủng Hộ Quỹ Vắc Xin",
        "--one-time",
    ]);
    assert_eq!(
        (written.code, written.stdout.as_str()),
        (0, format!("{PAYLOAD}\n").as_str())
    );
    let card = run([
        "qr",
        "encode",
        "--bank",
        "970403",
        "--card",
        "9704031101234567",
    ]);
    assert_eq!(
        card.stdout.trim_end(),
        "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"
    );
    let full = run([
        "qr",
        "encode",
        "--bank",
        "VCB",
        "--account",
        "1",
        "--name",
        "UBND Phường Bến Thành",
        "--city",
        "TP Hồ Chí Minh",
        "--postal-code",
        "71000",
        "--category",
        "9399",
        "--bill",
        "HD-1",
        "--store",
        "2",
        "--reusable",
    ]);
    let fields = &run(["qr", "decode", "--json", full.stdout.trim_end()]).json()[0]["fields"];
    assert_eq!(fields["01"], "11");
    assert_eq!(fields["59"], "UBND Phuong Ben Thanh");
    assert_eq!(fields["62"], json!({"01": "HD-1", "03": "2"}));
}

#[test]
fn each_line_of_orders_has_its_line_of_answers() {
    let lines = concat!(
        r#"{"amount":1000,"memo":"QH234567895V"}"#,
        "\n",
        r#"{"amount":"1000"}"#,
        "\n",
        r#"{"amont":1000}"#,
        "\n",
        r#"{"memo":"a memo that is longer than twenty-five characters"}"#,
        "\n",
        r#"{"bank":"970416","card":"9704161101234567","one_time":false}"#,
    );
    let options = [
        "qr",
        "encode",
        "--bank",
        "VCB",
        "--account",
        "12",
        "--one-time",
        "-",
    ];
    let answers = pipe(options.into_iter().chain(["--json"]), lines.as_bytes());
    assert_eq!(answers.code, NO);
    for line in ["line 2: ", "line 3: ", "line 4: "] {
        assert!(answers.stderr.contains(line), "{}", answers.stderr);
    }
    let answers_json = answers.json();
    assert_eq!(answers_json.len(), 5);
    assert_eq!(answers_json[3]["error"]["at"], "62.08");
    assert!(
        answers_json[2]["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("amont")
    );
    let field = |answer: &Value, tag: &str| {
        let payload = answer["payload"].as_str().unwrap();
        run(["qr", "decode", "--json", payload]).json()[0]["fields"][tag].clone()
    };
    assert_eq!(field(&answers_json[0], "01"), "12");
    assert_eq!(field(&answers_json[0], "54"), "1000");
    assert_eq!(field(&answers_json[4], "01"), "11");
    assert_eq!(
        field(&answers_json[4], "38")["01"]["01"],
        "9704161101234567"
    );

    let plain = pipe(options, lines.as_bytes());
    let empty: Vec<bool> = plain.lines().iter().map(|line| line.is_empty()).collect();
    assert_eq!(empty, [false, true, true, true, false]);
}

#[test]
fn what_cannot_be_paid_is_refused_with_its_object() {
    let refused = |options: &[&str]| {
        let options = ["qr", "encode", "--json", "--english"]
            .into_iter()
            .chain(options.iter().copied());
        let answer = run(options);
        assert_eq!(answer.code, NO, "{}", answer.stderr);
        answer.json()[0]["error"]["at"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        refused(&["--bank", "VCB", "--account", "1", "--amount", "0"]),
        "54"
    );
    assert_eq!(
        refused(&["--bank", "VCB", "--account", "1", "--amount", "500000000"]),
        "54"
    );
    assert_eq!(refused(&["--bank", "VCB", "--account", "1-2"]), "38.01.01");
    assert_eq!(refused(&["--bank", "970499", "--account", "1"]), "38.01.00");
    assert_eq!(refused(&["--bank", "BVB", "--account", "1"]), "38.01.00");
    assert_eq!(
        refused(&["--bank", "no such bank", "--account", "1"]),
        "38.01.00"
    );
    let allowed = [
        "qr",
        "encode",
        "--bank",
        "970499",
        "--account",
        "1",
        "--allow-unknown-bin",
    ];
    assert_eq!(run(allowed).code, 0);
}

#[test]
fn pictures_are_written_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (png, svg) = (
        folder.path().join("code.png"),
        folder.path().join("code.svg"),
    );
    let transfer = ["qr", "encode", "--bank", "VCB", "--account", "12"];
    let drawn = run(transfer.into_iter().chain([
        "--png",
        png.to_str().unwrap(),
        "--svg",
        svg.to_str().unwrap(),
        "--pixels",
        "3",
    ]));
    assert_eq!((drawn.code, drawn.stdout.as_str()), (0, ""));
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg "));

    let terminal = run(transfer.into_iter().chain(["--terminal"]));
    assert!(terminal.stdout.contains('█') && !terminal.stdout.contains('\u{1b}'));
    let to_stdout = run(transfer.into_iter().chain(["--svg", "-"]));
    assert!(to_stdout.stdout.starts_with("<svg "));

    let nowhere = folder.path().join("missing/code.png");
    let nowhere = run(transfer
        .into_iter()
        .chain(["--png", nowhere.to_str().unwrap()]));
    assert_eq!(nowhere.code, ENVIRONMENT);
}

#[test]
fn contradicting_options_are_wrong_usage() {
    for options in [
        &["--bank", "VCB"][..],
        &["--account", "1"],
        &["--bank", "VCB", "--account", "1", "--card", "2"],
        &[
            "--bank",
            "VCB",
            "--account",
            "1",
            "--one-time",
            "--reusable",
        ],
        &["--bank", "VCB", "--account", "1", "--amount", "1.5"],
        &["--bank", "VCB", "--account", "1", "--pixels", "0"],
        &["--bank", "VCB", "--account", "1", "--png", "x.png", "-"],
    ] {
        let answer = run(["qr", "encode"].into_iter().chain(options.iter().copied()));
        assert_eq!(answer.code, USAGE, "{options:?}: {}", answer.stderr);
    }
}
