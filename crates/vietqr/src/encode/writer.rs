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
        let checksum = crc::checksum(&text);
        text.extend(crc::digits(checksum));
        self.read_back(&text)?;
        Ok(Payload::checked(text))
    }

    /// Walks the finished string with the reader's own grammar and compares every value.
    fn read_back(&self, text: &str) -> Result<(), EncodeError> {
        let covered = text
            .len()
            .checked_sub(4)
            .and_then(|at| text.split_at_checked(at));
        let Some((covered, digits)) = covered else {
            return Err(EncodeError::ReadBack { path: CRC });
        };
        if !digits.chars().eq(crc::digits(crc::checksum(covered))) {
            return Err(EncodeError::ReadBack { path: CRC });
        }
        let mut leaves = self.leaves.iter();
        let check = read_level(text, None, &mut leaves)?;
        match (check, leaves.next()) {
            (Some(check), None) if check.value == digits => Ok(()),
            (_, Some(leaf)) => Err(EncodeError::ReadBack { path: leaf.path }),
            _ => Err(EncodeError::ReadBack { path: CRC }),
        }
    }
}

/// Writes the objects of one level; `depth` is that of the level, 0 for the root. At most three
/// levels, because a [`Path`] has at most three.
fn write_level(text: &mut String, leaves: &[Leaf<'_>], depth: usize) -> Result<(), EncodeError> {
    let mut rest = leaves;
    while let Some((first, tag, group, after)) = split_group(rest, depth) {
        rest = after;
        if first.path.depth() == depth + 1 {
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

/// The leaves that belong to the first object of a level, and the others.
fn split_group<'s, 'a>(
    leaves: &'s [Leaf<'a>],
    depth: usize,
) -> Option<(&'s Leaf<'a>, u8, &'s [Leaf<'a>], &'s [Leaf<'a>])> {
    let first = leaves.first()?;
    let tag_at = |leaf: &Leaf<'_>| leaf.path.tags().get(depth).copied();
    let tag = tag_at(first)?;
    let count = leaves
        .iter()
        .take_while(|leaf| tag_at(leaf) == Some(tag))
        .count();
    let (group, after) = leaves.split_at_checked(count)?;
    Some((first, tag, group, after))
}

/// The characters that a level takes, headers included.
fn level_length(leaves: &[Leaf<'_>], depth: usize) -> usize {
    let mut length = 0;
    let mut rest = leaves;
    while let Some((first, _, group, after)) = split_group(rest, depth) {
        rest = after;
        length += HEADER;
        length += if first.path.depth() == depth + 1 {
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
    // Both are below 100, by `Path` and by `check_length`.
    for number in [usize::from(tag), length] {
        for digit in [number / 10, number % 10] {
            let digit = u8::try_from(digit).unwrap_or_default();
            text.push(char::from(b'0' + digit));
        }
    }
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
