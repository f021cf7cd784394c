//! `thungan words`.

use crate::binary::{NO, pipe, run};
use serde_json::json;

#[test]
fn amounts_are_written_in_words() {
    let words = run(["words", "0", "79000", "1234567", "-5"]);
    assert_eq!(words.code, 0);
    assert_eq!(
        words.lines(),
        [
            "Không đồng",
            "Bảy mươi chín nghìn đồng",
            "Một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy đồng",
            "Âm năm đồng",
        ]
    );
    assert_eq!(
        run(["words", "--chan", "79000"]).lines(),
        ["Bảy mươi chín nghìn đồng chẵn"]
    );
    assert_eq!(
        run(["words", "--southern", "79000"]).lines(),
        ["Bảy mươi chín ngàn đồng"]
    );
}

#[test]
fn sixteen_digits_are_written_in_words() {
    let nines = "chín trăm chín mươi chín";
    let expected =
        format!("Chín triệu {nines} nghìn {nines} tỷ {nines} triệu {nines} nghìn {nines} đồng");
    assert_eq!(run(["words", "9999999999999999"]).lines(), [expected]);
    assert_eq!(
        run(["words", "1000000000000000", "9000000000000001"]).lines(),
        [
            "Một triệu tỷ đồng",
            "Chín triệu tỷ không trăm linh một đồng"
        ]
    );
}

#[test]
fn options_may_stand_behind_the_amounts() {
    let words = run(["words", "5", "--english", "--json"]);
    assert_eq!(words.json(), [json!({"amount": 5, "words": "Five dong"})]);
}

#[test]
fn a_line_that_is_no_amount_is_named_and_the_others_are_written() {
    let words = pipe(["words", "-"], b"1\nabc\n10000000000000000\n1.5\r\n2\r\n");
    assert_eq!(words.code, NO);
    assert_eq!(words.lines(), ["Một đồng", "Hai đồng"]);
    for complaint in ["line 2: \"abc\"", "line 3: ", "line 4: \"1.5\""] {
        assert!(words.stderr.contains(complaint), "{}", words.stderr);
    }
}
