//! The memo as bare letters and digits.

use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters below this one fold through [`TABLE`]: all of Latin, with every Vietnamese letter.
const TABLE_END: usize = 0x1F00;
/// The character vanishes.
const DROPPED: u8 = 0;
/// The character does not become one ASCII letter or digit: [`fold_slowly`] says what it becomes.
const OTHER: u8 = 1;

/// What each of the first characters of Unicode becomes: one ASCII symbol, or one of the two above.
static TABLE: LazyLock<Box<[u8]>> = LazyLock::new(|| {
    let entry = |code: u32| {
        let Some(c) = char::from_u32(code) else {
            return OTHER;
        };
        let mut folded = String::new();
        fold_slowly(c, &mut folded);
        match folded.as_bytes() {
            [] => DROPPED,
            &[symbol] => symbol,
            _ => OTHER,
        }
    };
    (0..).take(TABLE_END).map(entry).collect()
});

/// The memo as bare letters and digits: NFD, marks dropped, đ→d, upper case, the rest dropped.
///
/// ```
/// assert_eq!(reconciler::memo::fold("Nộp học phí: đợt 2"), "NOPHOCPHIDOT2");
/// ```
#[must_use]
pub fn fold(memo: &str) -> String {
    let mut folded = String::with_capacity(memo.len());
    fold_into(memo, &mut folded);
    folded
}

/// Appends what [`fold`] answers, for a caller who keeps one buffer for many memos.
///
/// ### Rationale
/// Marks are dropped, so the order in which a whole text would be decomposed makes no difference and
/// each character can be folded by itself, nearly always by one look into a table.
pub fn fold_into(memo: &str, folded: &mut String) {
    let table = &**TABLE;
    for c in memo.chars() {
        let code = usize::try_from(u32::from(c)).unwrap_or(usize::MAX);
        match table.get(code) {
            Some(&DROPPED) => {}
            Some(&OTHER) | None => fold_slowly(c, folded),
            Some(&symbol) => folded.push(char::from(symbol)),
        }
    }
}

/// What one character becomes, by the definition.
fn fold_slowly(c: char, folded: &mut String) {
    for c in std::iter::once(c).nfd() {
        match c {
            'A'..='Z' | '0'..='9' => folded.push(c),
            'a'..='z' => folded.push(c.to_ascii_uppercase()),
            // The stroke is not a mark for Unicode: đ does not decompose.
            'đ' | 'Đ' => folded.push('D'),
            _ if c.is_ascii() || is_combining_mark(c) => {}
            // Upper case may bring marks of its own (ΐ); those go too.
            _ => folded.extend(
                c.to_uppercase()
                    .nfd()
                    .filter(|c| c.is_alphanumeric() && !is_combining_mark(*c)),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, over the whole text at once.
    fn by_definition(memo: &str) -> String {
        let mut folded = String::new();
        for c in memo.nfd() {
            fold_slowly(c, &mut folded);
        }
        folded
    }

    #[test]
    fn every_vietnamese_letter_becomes_its_bare_capital() {
        let letters =
            "aàảãáạăằẳẵắặâầẩẫấậ eèẻẽéẹêềểễếệ iìỉĩíị oòỏõóọôồổỗốộơờởỡớợ uùủũúụưừửữứự yỳỷỹýỵ đ";
        let bare = [
            "A".repeat(18),
            "E".repeat(12),
            "I".repeat(6),
            "O".repeat(18),
            "U".repeat(12),
            "Y".repeat(6),
            "D".to_owned(),
        ];
        assert_eq!(fold(letters), bare.concat());
        assert_eq!(fold(&letters.to_uppercase()), bare.concat());
        let apart: String = letters.nfd().collect();
        assert_eq!(fold(&apart), bare.concat());
    }

    proptest! {
        #[test]
        fn the_table_is_the_definition(memo in any::<String>(), latin in "[\u{0}-\u{1fff}]{0,40}") {
            prop_assert_eq!(fold(&memo), by_definition(&memo));
            prop_assert_eq!(fold(&latin), by_definition(&latin));
        }

        #[test]
        fn folding_twice_changes_nothing(memo in any::<String>()) {
            let once = fold(&memo);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
