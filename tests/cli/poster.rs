//! `thungan qr poster`.

use crate::binary::{ENVIRONMENT, NO, USAGE, command, pipe, run};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

/// The number of pages of a PDF.
fn pages(pdf: &Path) -> usize {
    let bytes = std::fs::read(pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    pages_in(&bytes)
}

fn pages_in(pdf: &[u8]) -> usize {
    let needle = b"/Type/Page/";
    pdf.windows(needle.len())
        .filter(|window| window == needle)
        .count()
}

const ONE: [&str; 10] = [
    "qr",
    "poster",
    "--bank",
    "VietinBank",
    "--account",
    "113366668888",
    "--payee",
    "Ban quản lý chợ Ví Dụ",
    "--place",
    "Sạp B-07",
];

#[test]
fn one_poster_is_written_on_each_paper_in_each_form() {
    let folder = tempfile::tempdir().unwrap();
    for paper in ["a4", "A5", "a6"] {
        for form in ["poster", "card"] {
            let shape = ["--paper", paper, "--form", form];
            let pdf = folder.path().join("poster.pdf");
            let to_pdf = ["--pdf", pdf.to_str().unwrap()];
            let answer = run(ONE.into_iter().chain(shape).chain(to_pdf));
            assert_eq!(answer.code, 0, "{paper} {form}: {}", answer.stderr);
            assert_eq!(pages(&pdf), 1);
            let answer = run(ONE.into_iter().chain(shape).chain(["--svg", "-"]));
            assert_eq!(answer.code, 0, "{paper} {form}: {}", answer.stderr);
            let width = match paper {
                "a4" => "210mm",
                "A5" => "148mm",
                _ => "105mm",
            };
            assert!(answer.stdout.contains(width), "{paper}");
            // The words stand in the description too, for those who cannot see the outlines.
            assert!(answer.stdout.contains("Ví Dụ"), "{paper} {form}");
        }
    }
}

#[test]
fn a_list_as_csv_and_as_json_is_one_pdf_with_a_page_for_each_row() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = folder.path().join("posters.pdf");
    let to_pdf = pdf.to_str().unwrap();
    let mut csv = String::from("\u{FEFF}account,amount,memo,one_time,place,serial\r\n");
    let mut json = String::new();
    for number in 1..=12 {
        write!(
            csv,
            "1133666{number:05},{},,false,\"Sạp B-{number}, dãy 2\",A-{number}\r\n",
            if number % 2 == 0 { "20000" } else { "" }
        )
        .unwrap();
        writeln!(
            json,
            r#"{{"account":"1133666{number:05}","place":"Sạp {number}"}}"#
        )
        .unwrap();
    }
    let options = [
        "qr",
        "poster",
        "--bank",
        "ICB",
        "--payee",
        "Chợ Ví Dụ",
        "--pdf",
    ];
    let from_csv = pipe(options.into_iter().chain([to_pdf, "-"]), csv.as_bytes());
    assert_eq!(from_csv.code, 0, "{}", from_csv.stderr);
    assert_eq!(pages(&pdf), 12);

    let list = folder.path().join("stalls.jsonl");
    std::fs::write(&list, json).unwrap();
    let from_json = run(options.into_iter().chain([to_pdf, list.to_str().unwrap()]));
    assert_eq!(from_json.code, 0, "{}", from_json.stderr);
    assert_eq!(pages(&pdf), 12);
}

#[test]
fn what_qr_encode_prints_is_printed_through_a_pipe() {
    let orders = b"{\"amount\":79000}\n{\"amount\":80000}\n";
    let encode = [
        "qr",
        "encode",
        "--json",
        "--bank",
        "VCB",
        "--account",
        "12",
        "-",
    ];
    let payloads = pipe(encode, orders).stdout;
    let mut child = command()
        .args(["qr", "poster", "--pdf", "-", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(payloads.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(pages_in(&output.stdout), 2);
}

#[test]
fn a_refused_row_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = folder.path().join("posters.pdf");
    let options = [
        "qr",
        "poster",
        "--english",
        "--bank",
        "VCB",
        "--pdf",
        pdf.to_str().unwrap(),
        "-",
    ];
    let broken = "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9E";
    let list = [
        r#"{"account":"12"}"#.to_owned(),
        r#"{"account":"1-2"}"#.to_owned(),
        r#"{"account":"12","amount":"much"}"#.to_owned(),
        r#"{"account":"12","plaice":"B-07"}"#.to_owned(),
        r#"{"account":"12","account":"13"}"#.to_owned(),
        r#"{"account":"12","place":"Sạp \u202e7"}"#.to_owned(),
        format!(r#"{{"payload":"{broken}"}}"#),
        format!(r#"{{"payload":"{broken}","amount":1}}"#),
    ];
    let answer = pipe(options, list.join("\n").as_bytes());
    assert_eq!((answer.code, answer.stdout.as_str()), (NO, ""));
    for line in 2..=8 {
        let start = format!("line {line}: ");
        assert!(answer.stderr.contains(&start), "{line}: {}", answer.stderr);
    }
    assert!(!answer.stderr.contains("line 1: "), "{}", answer.stderr);
    assert!(answer.stderr.contains("CRC_MISMATCH"), "{}", answer.stderr);
    assert!(!pdf.exists());

    for empty in ["", "account,place\n", "account,account\n12,13\n"] {
        assert_eq!(pipe(options, empty.as_bytes()).code, NO, "{empty:?}");
        assert!(!pdf.exists());
    }
}

#[test]
fn a_picture_that_is_no_logo_and_a_missing_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("logo.png");
    std::fs::write(&text, "no picture").unwrap();
    let with = |logo: &Path| {
        let options = ["--svg", "-", "--logo", logo.to_str().unwrap()];
        run(ONE.into_iter().chain(options)).code
    };
    assert_eq!(with(&text), NO);
    assert_eq!(with(&folder.path().join("missing.png")), ENVIRONMENT);
}

#[test]
fn a_poster_without_a_place_to_go_is_wrong_usage() {
    for options in [
        &[][..],
        &["--svg", "-", "--pdf", "-"],
        &["--svg", "-", "stalls.csv"],
        &["--pdf", "-", "--paper", "a7"],
        &["--pdf", "-", "--form", "flag"],
    ] {
        let answer = run(ONE.into_iter().chain(options.iter().copied()));
        assert_eq!(answer.code, USAGE, "{options:?}: {}", answer.stderr);
    }
}
