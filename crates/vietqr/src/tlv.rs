//! The grammar: `id length value`, two digits, two digits, that many characters.
//!
//! [`Walker`] reads one level without recursion and in linear time, and cuts the text only at
//! character boundaries, so no input can make it panic.

use crate::work;

/// What a length counts. EMVCo counts characters; the other two are the mistakes that generators
/// make, tried only to explain a payload that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Characters,
    Bytes,
    Utf16,
}

/// One object of a level, with its position in that level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw<'a> {
    pub tag: u8,
    pub value: &'a str,
    /// Byte offset of the tag.
    pub byte: usize,
    /// Character offset of the tag.
    pub character: usize,
    /// Characters in the value.
    pub value_characters: usize,
}

/// The four digits in front of each value, all ASCII.
pub(crate) const HEADER: usize = 4;

/// The first place where a level stops being objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub kind: FaultKind,
    /// The object that could not be read, when its tag could.
    pub tag: Option<u8>,
    /// Character offset of that object.
    pub character: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Fewer than four characters are left.
    Trailing,
    TagNotNumeric,
    LengthNotNumeric,
    LengthZero,
    /// The value would need `declared` characters and only `left` are there.
    LengthOverrun {
        declared: usize,
        left: usize,
    },
}

/// Reads the objects of one level; after a fault it is finished.
#[derive(Debug)]
pub(crate) struct Walker<'a> {
    text: &'a str,
    byte: usize,
    character: usize,
    unit: Unit,
    /// In ASCII text all three units are bytes, and slicing needs no counting.
    ascii: bool,
}

impl<'a> Walker<'a> {
    pub fn counting(text: &'a str, unit: Unit) -> Self {
        Self::of(text, unit, text.is_ascii())
    }

    /// Walks a part of a text of which it is known whether it is ASCII throughout.
    pub const fn of(text: &'a str, unit: Unit, ascii: bool) -> Self {
        Self {
            text,
            byte: 0,
            character: 0,
            unit,
            ascii,
        }
    }

    /// All objects, or those before the first fault together with it.
    pub fn collect_all(self) -> (Vec<Raw<'a>>, Option<Fault>) {
        // More than the usual payload has at its root.
        let mut objects = Vec::with_capacity(12);
        for object in self {
            match object {
                Ok(object) => objects.push(object),
                Err(fault) => return (objects, Some(fault)),
            }
        }
        (objects, None)
    }

    /// The usual object of an ASCII text: no character can be split, and a length is one of bytes.
    #[inline]
    fn next_ascii(&self) -> Option<Raw<'a>> {
        let (tag, value, _) = split_ascii(self.text.get(self.byte..)?)?;
        Some(Raw {
            tag,
            value,
            byte: self.byte,
            character: self.character,
            value_characters: value.len(),
        })
    }

    fn read(&self, rest: &'a str) -> Result<Raw<'a>, (FaultKind, Option<u8>)> {
        let (tag, declared, body) = header(rest)?;
        if declared == 0 {
            return Err((FaultKind::LengthZero, Some(tag)));
        }
        let declared = usize::from(declared);
        match self.cut(body, declared) {
            Some((value, value_characters)) => Ok(Raw {
                tag,
                value,
                byte: self.byte,
                character: self.character,
                value_characters,
            }),
            None => {
                let left = body.chars().map(|c| self.unit.width(c)).sum();
                Err((FaultKind::LengthOverrun { declared, left }, Some(tag)))
            }
        }
    }

    /// The first `declared` units of `body` and how many characters they are; `None` when there are
    /// not that many, or when the cut would split a character.
    fn cut(&self, body: &'a str, declared: usize) -> Option<(&'a str, usize)> {
        let (mut units, mut characters, mut bytes) = (0, 0, 0);
        for c in body.chars() {
            work::done(1);
            if units >= declared {
                break;
            }
            units += self.unit.width(c);
            characters += 1;
            bytes += c.len_utf8();
        }
        if units == declared {
            body.get(..bytes).map(|value| (value, characters))
        } else {
            None
        }
    }
}

impl<'a> Iterator for Walker<'a> {
    type Item = Result<Raw<'a>, Fault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        work::done(1);
        if self.ascii
            && let Some(object) = self.next_ascii()
        {
            self.byte += HEADER + object.value.len();
            self.character = self.byte;
            return Some(Ok(object));
        }
        self.next_or_fault()
    }
}

impl<'a> Walker<'a> {
    fn next_or_fault(&mut self) -> Option<Result<Raw<'a>, Fault>> {
        let rest = self.text.get(self.byte..).filter(|rest| !rest.is_empty())?;
        match self.read(rest) {
            Ok(object) => {
                self.byte += HEADER + object.value.len();
                self.character += HEADER + object.value_characters;
                Some(Ok(object))
            }
            Err((kind, tag)) => {
                self.byte = self.text.len();
                let character = self.character;
                Some(Err(Fault {
                    kind,
                    tag,
                    character,
                }))
            }
        }
    }
}

impl Unit {
    const fn width(self, c: char) -> usize {
        match self {
            Self::Characters => 1,
            Self::Bytes => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// The tag, the length and what follows them.
fn header(rest: &str) -> Result<(u8, u8, &str), (FaultKind, Option<u8>)> {
    let mut header = rest.chars();
    let (Some(tag_tens), Some(tag_ones), Some(length_tens), Some(length_ones)) =
        (header.next(), header.next(), header.next(), header.next())
    else {
        return Err((FaultKind::Trailing, None));
    };
    let tag = two_digits(tag_tens, tag_ones).ok_or((FaultKind::TagNotNumeric, None))?;
    let length =
        two_digits(length_tens, length_ones).ok_or((FaultKind::LengthNotNumeric, Some(tag)))?;
    Ok((tag, length, header.as_str()))
}

/// The first object of an ASCII text as tag and value, and the text behind it.
#[inline]
fn split_ascii(text: &str) -> Option<(u8, &str, &str)> {
    let (tag, declared) = numbers(*text.as_bytes().first_chunk()?)?;
    let (value, rest) = text
        .get(HEADER..)?
        .split_at_checked(usize::from(declared))?;
    (declared > 0).then_some((tag, value, rest))
}

/// The first object of a text as tag and value, and the text behind it: what [`Walker`] finds, for who
/// needs no positions. `None` when there is none or a faulty one.
#[inline]
pub(crate) fn split(text: &str, ascii: bool) -> Option<(u8, &str, &str)> {
    if ascii {
        return split_ascii(text);
    }
    let object = Walker::of(text, Unit::Characters, false).next()?.ok()?;
    let rest = text.get(HEADER + object.value.len()..)?;
    Some((object.tag, object.value, rest))
}

/// The same from four bytes at once; `None` unless all are ASCII digits.
#[inline]
fn numbers(header: [u8; HEADER]) -> Option<(u8, u8)> {
    let [a, b, c, d] = header.map(|byte| byte.wrapping_sub(b'0'));
    let all_digits = (a < 10) & (b < 10) & (c < 10) & (d < 10);
    // Only digits are multiplied in the end.
    all_digits.then(|| (a * 10 + b, c * 10 + d))
}

/// ASCII digits only: no sign, no space, no full-width digit.
fn two_digits(tens: char, ones: char) -> Option<u8> {
    let digit = |c: char| c.to_digit(10).and_then(|d| u8::try_from(d).ok());
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (FaultKind, Option<u8>, usize) {
        let fault = Walker::counting(text, Unit::Characters)
            .collect_all()
            .1
            .unwrap();
        (fault.kind, fault.tag, fault.character)
    }

    #[test]
    fn a_length_counts_characters_and_not_bytes() {
        let (objects, fault) =
            Walker::counting("0104最佳运输0202北京", Unit::Characters).collect_all();
        assert_eq!(fault, None);
        assert_eq!(objects[1].value, "北京");
        assert_eq!((objects[1].character, objects[1].byte), (8, 16));
    }

    #[test]
    fn each_fault_names_the_object_and_the_character() {
        assert_eq!(fault("0001A01"), (FaultKind::Trailing, None, 5));
        assert_eq!(fault("5A05x"), (FaultKind::TagNotNumeric, None, 0));
        assert_eq!(fault("540Axxx"), (FaultKind::LengthNotNumeric, Some(54), 0));
        assert_eq!(fault("54 5xxx"), (FaultKind::LengthNotNumeric, Some(54), 0));
        assert_eq!(fault("5400"), (FaultKind::LengthZero, Some(54), 0));
        assert_eq!(
            fault("5405abcđ"),
            (
                FaultKind::LengthOverrun {
                    declared: 5,
                    left: 4
                },
                Some(54),
                0
            )
        );
    }

    #[test]
    fn full_width_digits_are_not_digits() {
        assert_eq!(fault("００01x").0, FaultKind::TagNotNumeric);
    }

    #[test]
    fn a_byte_length_never_cuts_inside_a_character() {
        let walk = Walker::counting("0802đơ", Unit::Bytes).collect_all();
        assert_eq!(walk.0[0].value, "đ");
        assert!(
            Walker::counting("0803đơ", Unit::Bytes)
                .collect_all()
                .1
                .is_some()
        );
    }
}
