//! What happens between programs: readers that leave, writers that wait, input without end.

use crate::binary::{ENVIRONMENT, command, pipe, run};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::thread;

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    for arguments in [
        &["words", "-"][..],
        &["qr", "decode", "--json", "-"],
        &["memo", "find", "-"],
        &["qr", "encode", "--bank", "VCB", "--account", "1", "-"],
    ] {
        let mut child = command()
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let complaints = thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let writing = thread::spawn(move || {
            // Ends with a broken pipe as soon as the program has ended.
            while stdin.write_all(b"79000\n").is_ok() {}
        });
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        drop(stdout);
        let status = child.wait().unwrap();
        writing.join().unwrap();
        let complaints = complaints.join().unwrap();
        assert!(
            !complaints.contains("panicked"),
            "{arguments:?}: {complaints}"
        );
        assert_eq!(status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn nobody_has_to_read_what_is_printed_once() {
    for arguments in [&["openapi"][..], &["completions", "bash"], &["words", "1"]] {
        let mut child = command().args(arguments).spawn().unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn a_program_that_waits_for_each_answer_gets_it() {
    let mut child = command()
        .args(["words", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for (amount, words) in [("1\n", "Một đồng"), ("2\n3", "Hai đồng"), ("\n", "Ba đồng")]
    {
        stdin.write_all(amount.as_bytes()).unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), words);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn many_lines_keep_their_order() {
    let count = 20_000;
    let lines: String = (0..count).map(|number| format!("{number}\n")).collect();
    let answers = pipe(["words", "--json", "-"], lines.as_bytes()).json();
    assert_eq!(answers.len(), count);
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer["amount"], number);
    }
}

#[test]
fn a_line_that_never_ends_and_bytes_that_are_no_text_are_bad_answers_and_no_end() {
    let mut input = vec![b'0'; 5_000_000];
    input.extend(b"\n\xff\xfe\n\n000201\r\n");
    let answers = pipe(["qr", "decode", "--json", "-"], &input).json();
    let codes: Vec<&str> = answers
        .iter()
        .map(|answer| answer["problems"][0]["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["TOO_LARGE", "TRAILING_DATA", "EMPTY", "CRC_MISSING"]
    );
    assert_eq!(answers[3]["payload"], "000201");
}

#[test]
fn a_mark_of_the_byte_order_is_no_part_of_the_first_line() {
    assert_eq!(
        pipe(["words", "-"], b"\xef\xbb\xbf5\n").lines(),
        ["Năm đồng"]
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = command()
        .args(["words", "5"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(ENVIRONMENT));
}

#[test]
fn the_arguments_and_the_lines_come_in_their_order() {
    let words = pipe(["words", "1", "-", "4"], b"2\n3\n");
    assert_eq!(
        words.lines(),
        ["Một đồng", "Hai đồng", "Ba đồng", "Bốn đồng"]
    );
    assert_eq!(run(["words", "-"]).stdout, "");
}
