//! Explaining a payload whose lengths count the wrong thing.
//!
//! Only for the message: such a payload is refused all the same, because accepting it would let two
//! readers see two different texts.

use crate::crc;
use crate::tlv::{HEADER, Raw, Unit, Walker};
use crate::{Code, Span};

/// When the text reads well, check included, with lengths in bytes or in UTF-16 units: which of the
/// two, the first root object that shows it, and where that stands.
pub(super) fn explain(text: &str, offset: usize) -> Option<(Code, u8, Span)> {
    if text.is_ascii() {
        return None;
    }
    [
        (Unit::Bytes, Code::ByteLength),
        (Unit::Utf16, Code::Utf16Length),
    ]
    .into_iter()
    .find_map(|(unit, code)| {
        let (objects, fault) = Walker::counting(text, unit).collect_all();
        if fault.is_some() || !ends_with_right_check(text, &objects) {
            return None;
        }
        let object = objects.iter().find(|object| shows(object.value, unit))?;
        let start = offset + object.character;
        let end = start + HEADER + object.value_characters;
        Some((code, object.tag, Span { start, end }))
    })
}

fn ends_with_right_check(text: &str, objects: &[Raw<'_>]) -> bool {
    objects.last().is_some_and(|check| {
        let covered = text.get(..check.byte + HEADER).unwrap_or_default();
        let computed = String::from_iter(crc::digits(crc::checksum(covered)));
        check.tag == 63 && check.value.eq_ignore_ascii_case(&computed)
    })
}

/// Whether the two ways of counting differ for this value.
fn shows(value: &str, unit: Unit) -> bool {
    match unit {
        Unit::Characters => false,
        Unit::Bytes => !value.is_ascii(),
        Unit::Utf16 => value.chars().any(|c| c.len_utf16() > 1),
    }
}
