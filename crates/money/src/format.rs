//! Amounts for people: `1.234.567 đ`.
//!
//! The API, CSV files and the database carry plain digits (`Display` of [`Vnd`]); this is for screens
//! and paper.
//!
//! ```
//! use money::{Vnd, format::{Style, format, grouped, parse}};
//! let debt = Vnd::new(-1_234_567)?;
//! assert_eq!(grouped(debt), "-1.234.567 đ");
//! assert_eq!(format(debt, Style::ACCOUNTING), "(1.234.567)");
//! assert_eq!(parse("(1.234.567)", Style::ACCOUNTING.grouping), Ok(debt));
//! # Ok::<(), money::AmountError>(())
//! ```

use crate::Vnd;

/// What stands between the thousands.
///
/// Nghị định 123/2020 art. 10.13 lets an issuer of invoices choose the comma; the point is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// `1.234.567`
    #[default]
    Dot,
    /// `1,234,567`
    Comma,
}

impl Grouping {
    const fn separator(self) -> char {
        match self {
            Self::Dot => '.',
            Self::Comma => ',',
        }
    }
}

/// How a negative amount is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Negative {
    /// `-1.234.567`
    #[default]
    Minus,
    /// `(1.234.567)`, as in accounting tables.
    Brackets,
}

/// How an amount is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// What stands between the thousands.
    pub grouping: Grouping,
    /// How a negative amount is shown.
    pub negative: Negative,
    /// Whether " đ" follows the number.
    pub symbol: bool,
}

impl Style {
    /// Screens and receipts: `1.234.567 đ`.
    pub const SCREEN: Self = Self {
        grouping: Grouping::Dot,
        negative: Negative::Minus,
        symbol: true,
    };

    /// Accounting tables: `(1.234.567)`, the currency stands in the table's head.
    pub const ACCOUNTING: Self = Self {
        grouping: Grouping::Dot,
        negative: Negative::Brackets,
        symbol: false,
    };
}

impl Default for Style {
    fn default() -> Self {
        Self::SCREEN
    }
}

/// The amount for a screen or a receipt: `1.234.567 đ`.
#[must_use]
pub fn grouped(amount: Vnd) -> String {
    format(amount, Style::SCREEN)
}

/// The amount in a chosen style.
#[must_use]
pub fn format(amount: Vnd, style: Style) -> String {
    let digits = amount.get().unsigned_abs().to_string();
    let mut number = String::with_capacity(digits.len() + 10);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            number.push(style.grouping.separator());
        }
        number.push(digit);
    }
    if style.symbol {
        number.push_str(" đ");
    }
    match style.negative {
        _ if amount.get() >= 0 => number,
        Negative::Minus => format!("-{number}"),
        Negative::Brackets => format!("({number})"),
    }
}

/// A text that is not an amount in the grouped form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Not digits in groups of three.
    #[error("not a whole number of đồng with its thousands grouped")]
    Form,
    /// Beyond the range of [`Vnd`].
    #[error("the amount is out of range")]
    OutOfRange,
}

/// Reads an amount that a person typed or pasted: grouped or plain digits, with or without `đ`, a
/// minus sign or brackets for a negative one.
///
/// The separator has to be the expected one and every group has to have three digits: `1.5` is not
/// fifteen, and `1,234` is not read as 1.234 đ by an office that writes points, because it could be
/// 1,234 of something else.
///
/// # Errors
/// [`ParseError`].
pub fn parse(text: &str, grouping: Grouping) -> Result<Vnd, ParseError> {
    let text = text.trim();
    let (negative, number) = match text.strip_prefix('(') {
        Some(rest) => (true, rest.strip_suffix(')').ok_or(ParseError::Form)?),
        None => match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        },
    };
    let number = number.strip_suffix('đ').map_or(number, str::trim_end);
    let groups: Vec<&str> = number.split(grouping.separator()).collect();
    let is_grouped = match groups.as_slice() {
        [plain] => !plain.is_empty(),
        [first, rest @ ..] => {
            (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3)
        }
        [] => false,
    };
    let digits = groups.concat();
    if !is_grouped || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(ParseError::Form);
    }
    let dong: i64 = digits.parse().map_err(|_| ParseError::OutOfRange)?;
    let amount = Vnd::new(dong).map_err(|_| ParseError::OutOfRange)?;
    Ok(if negative { amount.negated() } else { amount })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vnd(dong: i64) -> Vnd {
        Vnd::new(dong).unwrap()
    }

    #[test]
    fn amounts_are_grouped_by_thousands() {
        let table = [
            (0, "0 đ"),
            (5, "5 đ"),
            (999, "999 đ"),
            (1_000, "1.000 đ"),
            (79_000, "79.000 đ"),
            (1_234_567, "1.234.567 đ"),
            (-1_000, "-1.000 đ"),
            (9_000_000_000_000_000, "9.000.000.000.000.000 đ"),
        ];
        for (dong, text) in table {
            assert_eq!(grouped(vnd(dong)), text);
        }
    }

    #[test]
    fn each_style_changes_one_thing() {
        let comma = Style {
            grouping: Grouping::Comma,
            ..Style::SCREEN
        };
        assert_eq!(format(vnd(1_234_567), comma), "1,234,567 đ");
        assert_eq!(format(vnd(-1_234_567), Style::ACCOUNTING), "(1.234.567)");
        assert_eq!(format(vnd(1_234_567), Style::ACCOUNTING), "1.234.567");
    }

    #[test]
    fn what_could_be_another_number_is_refused() {
        let form = Err(ParseError::Form);
        for text in [
            "", "-", "()", "đ", "1.5", "1.23", "1.2345", ".123", "1..234", "1234.567", "1,234",
            "1.234,5", "1 234", "+5", "--5", "(5", "5)", "1e3", "0x5", "٣", "5 đ đ", "-(5)",
            "1.234.",
        ] {
            assert_eq!(parse(text, Grouping::Dot), form, "{text:?}");
        }
        let long = parse("9.000.000.000.000.001", Grouping::Dot);
        assert_eq!(long, Err(ParseError::OutOfRange));
        let longer = parse(&"9".repeat(40), Grouping::Dot);
        assert_eq!(longer, Err(ParseError::OutOfRange));
    }

    #[test]
    fn plain_digits_and_a_glued_symbol_are_understood() {
        assert_eq!(parse("79000", Grouping::Dot), Ok(vnd(79_000)));
        assert_eq!(parse(" 79.000đ ", Grouping::Dot), Ok(vnd(79_000)));
        assert_eq!(parse("(5 đ)", Grouping::Comma), Ok(vnd(-5)));
    }

    proptest! {
        #[test]
        fn every_grouped_form_parses_back(
            dong in -Vnd::MAX.get()..=Vnd::MAX.get(), comma in any::<bool>(), brackets in any::<bool>(), symbol in any::<bool>(),
        ) {
            let grouping = if comma { Grouping::Comma } else { Grouping::Dot };
            let negative = if brackets { Negative::Brackets } else { Negative::Minus };
            let text = format(vnd(dong), Style { grouping, negative, symbol });
            prop_assert_eq!(parse(&text, grouping), Ok(vnd(dong)), "{}", text);
        }
    }
}
