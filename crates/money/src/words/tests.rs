use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

fn say(dong: i64) -> String {
    words(Vnd::new(dong).unwrap())
}

fn say_english(dong: i64) -> String {
    words_en(Vnd::new(dong).unwrap())
}

/// Amounts with their words, written by hand from the rules.
const EXAMPLES: [(i64, &str); 25] = [
    (5, "Năm đồng"),
    (11, "Mười một đồng"),
    (15, "Mười lăm đồng"),
    (20, "Hai mươi đồng"),
    (24, "Hai mươi tư đồng"),
    (25, "Hai mươi lăm đồng"),
    (51, "Năm mươi mốt đồng"),
    (101, "Một trăm linh một đồng"),
    (110, "Một trăm mười đồng"),
    (111, "Một trăm mười một đồng"),
    (124, "Một trăm hai mươi tư đồng"),
    (1_000, "Một nghìn đồng"),
    (1_005, "Một nghìn không trăm linh năm đồng"),
    (1_015, "Một nghìn không trăm mười lăm đồng"),
    (8_000, "Tám nghìn đồng"),
    (35_000, "Ba mươi lăm nghìn đồng"),
    (105_000, "Một trăm linh năm nghìn đồng"),
    (631_800, "Sáu trăm ba mươi mốt nghìn tám trăm đồng"),
    (1_050_000, "Một triệu không trăm năm mươi nghìn đồng"),
    (1_005_000, "Một triệu không trăm linh năm nghìn đồng"),
    (
        12_345_678,
        "Mười hai triệu ba trăm bốn mươi lăm nghìn sáu trăm bảy mươi tám đồng",
    ),
    (1_000_000_005, "Một tỷ không trăm linh năm đồng"),
    (
        1_234_567_891,
        "Một tỷ hai trăm ba mươi tư triệu năm trăm sáu mươi bảy nghìn tám trăm chín mươi mốt đồng",
    ),
    (16_000_000_000, "Mười sáu tỷ đồng"),
    (1_005_000_000_000, "Một nghìn không trăm linh năm tỷ đồng"),
];

#[test]
fn the_examples_of_the_rules_are_spoken_as_written() {
    for (dong, text) in EXAMPLES {
        assert_eq!(say(dong), text, "{dong}");
    }
}

#[test]
fn zero_negative_and_the_ends_of_the_range_have_words() {
    assert_eq!(say(0), "Không đồng");
    assert_eq!(say(-5), "Âm năm đồng");
    assert_eq!(
        say(-1_234_567),
        "Âm một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy đồng"
    );
    assert_eq!(say(Vnd::MAX.get()), "Chín triệu tỷ đồng");
    assert_eq!(say(1_000_000_000_000), "Một nghìn tỷ đồng");
    assert_eq!(
        say(1_000_005_000_000_001),
        "Một triệu không trăm linh năm tỷ không trăm linh một đồng"
    );
    assert_eq!(
        say(8_999_999_999_999_999),
        "Tám triệu chín trăm chín mươi chín nghìn chín trăm chín mươi chín tỷ chín trăm chín mươi chín triệu chín \
         trăm chín mươi chín nghìn chín trăm chín mươi chín đồng"
    );
}

#[test]
fn mot_tu_and_lam_stand_only_where_they_belong() {
    let table = [
        (1, "Một đồng"),
        (4, "Bốn đồng"),
        (10, "Mười đồng"),
        (14, "Mười bốn đồng"),
        (21, "Hai mươi mốt đồng"),
        (104, "Một trăm linh bốn đồng"),
        (105, "Một trăm linh năm đồng"),
        (115, "Một trăm mười lăm đồng"),
        (155, "Một trăm năm mươi lăm đồng"),
        (500, "Năm trăm đồng"),
        (550, "Năm trăm năm mươi đồng"),
        (
            4_004_004,
            "Bốn triệu không trăm linh bốn nghìn không trăm linh bốn đồng",
        ),
        (
            21_021_021,
            "Hai mươi mốt triệu không trăm hai mươi mốt nghìn không trăm hai mươi mốt đồng",
        ),
        (1_000_010, "Một triệu không trăm mười đồng"),
        (100_000_100, "Một trăm triệu một trăm đồng"),
    ];
    for (dong, text) in table {
        assert_eq!(say(dong), text, "{dong}");
    }
}

#[test]
fn the_options_change_only_what_they_name() {
    let chan = WordOptions {
        chan: true,
        southern: false,
    };
    let southern = WordOptions {
        chan: false,
        southern: true,
    };
    let with = |dong, options| words_with(Vnd::new(dong).unwrap(), options);
    assert_eq!(with(35_000, chan), "Ba mươi lăm nghìn đồng chẵn");
    assert_eq!(with(35_001, chan), say(35_001));
    assert_eq!(with(-2_000, chan), "Âm hai nghìn đồng chẵn");
    assert_eq!(with(1_005, southern), "Một ngàn không trăm lẻ năm đồng");
    assert_eq!(with(24, southern), say(24));
    for (dong, text) in EXAMPLES {
        let expected = text.replace("nghìn", "ngàn").replace("linh", "lẻ");
        // A sentence that begins with one of the words does not exist: it begins with a digit.
        assert_eq!(with(dong, southern), expected);
    }
}

#[test]
fn english_words_are_plain_short_scale() {
    let table = [
        (0, "Zero dong"),
        (79_000, "Seventy-nine thousand dong"),
        (13, "Thirteen dong"),
        (20, "Twenty dong"),
        (100, "One hundred dong"),
        (105_000, "One hundred five thousand dong"),
        (
            1_234_567,
            "One million two hundred thirty-four thousand five hundred sixty-seven dong",
        ),
        (-16_000_000_000, "Minus sixteen billion dong"),
        (9_000_000_000_000_000, "Nine quadrillion dong"),
        (1_000_000_000_001, "One trillion one dong"),
    ];
    for (dong, text) in table {
        assert_eq!(say_english(dong), text, "{dong}");
    }
}

#[test]
fn no_two_amounts_below_two_million_share_a_text() {
    // Every seventh amount keeps it quick; the step shares no factor with 1.000.
    let mut seen = HashMap::new();
    for dong in (0..2_000_000).step_by(7) {
        let other = seen.insert(say(dong), dong);
        assert_eq!(other, None, "{dong}");
    }
}

/// The number that a text stands for, read by other means than the writer's: left to right.
fn read_back(text: &str) -> i64 {
    let (sign, text) = match text.strip_prefix("Âm ") {
        Some(rest) => (-1, rest.to_owned()),
        None => (1, text.to_owned()),
    };
    let (mut billions, mut sum, mut group, mut last) = (0, 0, 0, 0);
    for word in text.to_lowercase().split(' ') {
        match word {
            "đồng" | "linh" => {}
            "mươi" => (group, last) = (group + 10 * last, 0),
            "trăm" => (group, last) = (group + 100 * last, 0),
            "nghìn" => (sum, group, last) = (sum + 1_000 * (group + last), 0, 0),
            "triệu" => (sum, group, last) = (sum + 1_000_000 * (group + last), 0, 0),
            "tỷ" => (billions, sum, group, last) = (sum + group + last, 0, 0, 0),
            "mười" => (group, last) = (group + 10, 0),
            "mốt" => last = 1,
            "tư" => last = 4,
            "lăm" => last = 5,
            digit => {
                last = i64::try_from(DIGITS.iter().position(|d| *d == digit).unwrap()).unwrap()
            }
        }
    }
    sign * (billions * 1_000_000_000 + sum + group + last)
}

fn any_amount() -> impl Strategy<Value = i64> {
    let max = Vnd::MAX.get();
    // Amounts of every length, and those with many zeros, where the rules are.
    let round = (0..16_u32, -999..=999_i64, -9..=9_i64);
    let round = round
        .prop_map(move |(zeros, head, tail)| (head * 10_i64.pow(zeros) + tail).clamp(-max, max));
    prop_oneof![-max..=max, -2_000_000_000..=2_000_000_000_i64, round]
}

proptest! {
    #[test]
    fn words_read_back_to_the_same_amount(dong in any_amount()) {
        // So no two amounts share a text.
        prop_assert_eq!(read_back(&say(dong)), dong);
    }

    #[test]
    fn a_text_has_single_spaces_one_capital_and_composed_letters(dong in any_amount()) {
        let text = say(dong);
        prop_assert!(!text.contains("  ") && text.trim() == text && text.ends_with(" đồng"));
        prop_assert_eq!(text.chars().filter(|c| c.is_uppercase()).count(), 1);
        prop_assert!(!text.chars().any(|c| ('\u{300}'..='\u{36f}').contains(&c)), "not NFC");
    }

    #[test]
    fn two_amounts_have_two_english_texts(a in any_amount(), b in any_amount()) {
        prop_assert_eq!(say_english(a) == say_english(b), a == b);
    }
}
