//! The string itself: a sorted list of values in, one buffer out, read back before it is returned.

use super::EncodeError;
use crate::tlv::{HEADER, Raw, Walker};
use crate::{Path, Payload, Rule, crc};

/// Longest value of one object: its length field has two digits (EMVCo MPM 3.2).
pub(crate) const VALUE_LENGTH_MAX: usize = 99;

/// What the check adds: its header and four digits.
const CRC_LENGTH: usize = HEADER + 4;

const CRC: Path = Path::root(63);

/// One plain value and its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf<'a> {
    path: Path,
    value: &'a str,
    characters: usize,
}

/// The values of a payload without its check, in the order in which they are written. The leaves of
/// one template stand together.
#[derive(Debug, Default)]
pub(crate) struct Leaves<'a> {
    leaves: Vec<Leaf<'a>>,
}

impl<'a> Leaves<'a> {
    /// Room for every object a transfer can have.
    pub fn with_capacity(count: usize) -> Self {
        Self {
            leaves: Vec::with_capacity(count),
        }
    }

    pub fn push(&mut self, path: Path, value: &'a str) {
        let characters = if value.is_ascii() {
            value.len()
        } else {
            value.chars().count()
        };
        self.leaves.push(Leaf {
            path,
            value,
            characters,
        });
    }

    /// What is empty is left out: a length of 00 does not exist.
    pub fn push_unless_empty(&mut self, path: Path, value: &'a str) {
        if !value.is_empty() {
            self.push(path, value);
        }
    }

    /// Writes, closes with the check, reads back.
    ///
    /// # Errors
    /// [`EncodeError::Refused`] for an empty value and for a value or a template beyond 99 characters.
    pub fn write(&self) -> Result<Payload, EncodeError> {
        let bytes = self.leaves.iter().map(|leaf| leaf.value.len() + 3 * HEADER);
        let mut text = String::with_capacity(bytes.sum::<usize>() + CRC_LENGTH);
        write_level(&mut text, &self.leaves, 0)?;
        text.push_str("6304");
        let check = crc::digits(crc::checksum(&text));
        text.extend(check);
        self.read_back(&text, check)?;
        Ok(Payload::checked(text))
    }

    /// Walks the finished string with the reader's own grammar and compares every value.
    fn read_back(&self, text: &str, check: [char; 4]) -> Result<(), EncodeError> {
        let mut leaves = self.leaves.iter();
        let last = read_level(text, None, &mut leaves)?;
        let ends_with_check = last.is_some_and(|last| {
            last.value.chars().eq(check) && last.byte + HEADER + last.value.len() == text.len()
        });
        match leaves.next() {
            None if ends_with_check => Ok(()),
            None => Err(EncodeError::ReadBack { path: CRC }),
            Some(leaf) => Err(EncodeError::ReadBack { path: leaf.path }),
        }
    }
}

/// Writes the objects of one level; `depth` is that of the level, 0 for the root. At most three
/// levels, because a [`Path`] has at most three.
fn write_level(text: &mut String, leaves: &[Leaf<'_>], depth: usize) -> Result<(), EncodeError> {
    let mut rest = leaves;
    while let Some((first, tag, group, after)) = split_first(rest, depth) {
        rest = after;
        if group.is_empty() {
            check_length(first.path, first.characters, first.value)?;
            write_header(text, tag, first.characters);
            text.push_str(first.value);
        } else {
            let length = level_length(group, depth + 1);
            let template = ancestor(first.path, depth + 1);
            check_length(template, length, first.value)?;
            write_header(text, tag, length);
            write_level(text, group, depth + 1)?;
        }
    }
    Ok(())
}

/// The first object of a level: its first leaf, its tag, all its leaves when it is a template, and the
/// leaves of the objects after it.
fn split_first<'s, 'a>(
    leaves: &'s [Leaf<'a>],
    depth: usize,
) -> Option<(&'s Leaf<'a>, u8, &'s [Leaf<'a>], &'s [Leaf<'a>])> {
    let (first, others) = leaves.split_first()?;
    let tag = first.path.tag(depth)?;
    if first.path.depth() == depth + 1 {
        return Some((first, tag, &[], others));
    }
    let inside = |leaf: &&Leaf<'_>| leaf.path.tag(depth) == Some(tag);
    let count = 1 + others.iter().take_while(inside).count();
    let (group, after) = leaves.split_at_checked(count)?;
    Some((first, tag, group, after))
}

/// The characters that a level takes, headers included.
fn level_length(leaves: &[Leaf<'_>], depth: usize) -> usize {
    let mut length = 0;
    let mut rest = leaves;
    while let Some((first, _, group, after)) = split_first(rest, depth) {
        rest = after;
        length += HEADER;
        length += if group.is_empty() {
            first.characters
        } else {
            level_length(group, depth + 1)
        };
    }
    length
}

fn check_length(path: Path, characters: usize, value: &str) -> Result<(), EncodeError> {
    match characters {
        0 => Err(EncodeError::refused(path, Rule::NotEmpty, value)),
        1..=VALUE_LENGTH_MAX => Ok(()),
        _ => Err(EncodeError::refused(
            path,
            Rule::MaxLength(VALUE_LENGTH_MAX),
            value,
        )),
    }
}

fn ancestor(path: Path, depth: usize) -> Path {
    let mut ancestor = path;
    while let Some(parent) = ancestor.parent().filter(|_| ancestor.depth() > depth) {
        ancestor = parent;
    }
    ancestor
}

fn write_header(text: &mut String, tag: u8, length: usize) {
    text.push_str(two_digits(usize::from(tag)));
    text.push_str(two_digits(length));
}

/// Every number below 100 in two digits, one after the other.
const TWO_DIGITS: &str = "\
    0001020304050607080910111213141516171819\
    2021222324252627282930313233343536373839\
    4041424344454647484950515253545556575859\
    6061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899";

/// Tags and lengths are below 100, by [`Path`] and by [`check_length`]; the empty text for anything
/// else would not survive the reading back.
fn two_digits(number: usize) -> &'static str {
    TWO_DIGITS
        .get(2 * number..2 * number + 2)
        .unwrap_or_default()
}

/// Compares one level with the expected leaves, in order; gives back the check when it meets it.
fn read_level<'t>(
    text: &'t str,
    template: Option<Path>,
    leaves: &mut std::slice::Iter<'_, Leaf<'_>>,
) -> Result<Option<Raw<'t>>, EncodeError> {
    for object in Walker::new(text) {
        let expected = leaves.as_slice().first();
        let here = expected.map_or(CRC, |leaf| leaf.path);
        let object = object.map_err(|_| EncodeError::ReadBack { path: here })?;
        let path = template.map_or(Path::root(object.tag), |path| path.child(object.tag));
        match expected {
            Some(leaf) if leaf.path == path && leaf.value == object.value => {
                leaves.next();
            }
            Some(leaf) if leaf.path.depth() > path.depth() && leaf.path != path => {
                read_level(object.value, Some(path), leaves)?;
            }
            None if path == CRC => return Ok(Some(object)),
            _ => return Err(EncodeError::ReadBack { path }),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves() -> Leaves<'static> {
        let mut leaves = Leaves::with_capacity(4);
        leaves.push(Path::root(0), "01");
        leaves.push(Path::root(38).child(0), "A000000727");
        leaves.push(Path::root(38).child(1).child(0), "970415");
        leaves.push(Path::root(58), "VN");
        leaves
    }

    fn read_back(text: &str, check: &str) -> Result<(), String> {
        let digits: Vec<char> = check.chars().collect();
        let digits = digits.try_into().unwrap();
        let result = leaves().read_back(text, digits);
        result.map_err(|error| error.path().to_string())
    }

    #[test]
    fn what_differs_from_what_was_asked_does_not_read_back() {
        const GOOD: &str = "00020138280010A000000727011000069704155802VN6304ABCD";
        assert_eq!(read_back(GOOD, "ABCD"), Ok(()));
        let refused = |path: &str| Err(path.to_owned());
        assert_eq!(read_back(GOOD, "ABCE"), refused("63"));
        assert_eq!(
            read_back(&GOOD.replace("970415", "970416"), "ABCD"),
            refused("38.01.00")
        );
        assert_eq!(
            read_back(&GOOD.replace("5802VN", ""), "ABCD"),
            refused("63")
        );
        assert_eq!(
            read_back(&GOOD.replace("5802VN", "5902VN"), "ABCD"),
            refused("59")
        );
        assert_eq!(
            read_back(&GOOD.replace("5802VN", "5803VN"), "ABCD"),
            refused("58")
        );
        assert_eq!(
            read_back(&GOOD.replace("6304ABCD", ""), "ABCD"),
            refused("63")
        );
        assert_eq!(read_back(&format!("{GOOD}0001x"), "ABCD"), refused("63"));
        assert_eq!(read_back(&format!("{GOOD}x"), "ABCD"), refused("63"));
    }

    #[test]
    fn every_number_below_one_hundred_has_its_two_digits() {
        for number in 0..100 {
            assert_eq!(two_digits(number), format!("{number:02}"));
        }
        assert_eq!(two_digits(100), "");
    }
}
