//! The string itself: objects in, one buffer out, read back before it is returned.
//!
//! A payload describes itself as a sequence of calls on [`Objects`], and is asked twice: by the
//! [`Writer`], and by the [`Reader`], which compares with what the finished string says by the grammar
//! of the decoder.

use super::EncodeError;
use crate::tlv::{self, HEADER};
use crate::{Path, Payload, Rule, crc};

/// Longest value of one object: its length field has two digits (EMVCo MPM 3.2).
pub(crate) const VALUE_LENGTH_MAX: usize = 99;

const CRC: Path = Path::root(63);

/// Everything that stands in a payload, without its check.
pub(crate) trait Describe {
    /// # Errors
    /// Those of the listener.
    fn describe(&self, listener: &mut impl Objects) -> Result<(), EncodeError>;
}

/// What listens to the description of a payload.
pub(crate) trait Objects: Sized {
    /// A plain value.
    fn object(&mut self, tag: u8, value: &str) -> Result<(), EncodeError>;

    /// A template and what is inside it.
    fn template(
        &mut self,
        tag: u8,
        inside: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError>;

    /// What is empty is left out: a length of 00 does not exist.
    #[inline]
    fn object_unless_empty(&mut self, tag: u8, value: &str) -> Result<(), EncodeError> {
        if value.is_empty() {
            return Ok(());
        }
        self.object(tag, value)
    }
}

/// Writes a payload, closes it with its check and reads it back. Most have less than `bytes` bytes.
///
/// # Errors
/// [`EncodeError::Refused`] for an empty value and for a value or a template beyond 99 characters.
pub(crate) fn write(payload: &impl Describe, bytes: usize) -> Result<Payload, EncodeError> {
    let mut writer = Writer {
        bytes: Vec::with_capacity(bytes),
        continuations: 0,
        template: None,
    };
    payload.describe(&mut writer)?;
    let mut bytes = writer.bytes;
    bytes.extend_from_slice(b"6304");
    let check = crc::ascii_digits(crc::of_bytes(&bytes));
    bytes.extend_from_slice(&check);

    let text = String::from_utf8(bytes).map_err(|_| EncodeError::ReadBack { path: CRC })?;
    read_back(&text, check, payload)?;
    Ok(Payload::checked(text))
}

/// Whether the finished string says what was described, then the check, and nothing more.
fn read_back(text: &str, check: [u8; 4], payload: &impl Describe) -> Result<(), EncodeError> {
    let mut reader = Reader {
        rest: text,
        ascii: text.is_ascii(),
        template: None,
    };
    payload.describe(&mut reader)?;
    match tlv::split(reader.rest, reader.ascii) {
        Some((63, value, "")) if value.as_bytes() == check => Ok(()),
        _ => Err(EncodeError::ReadBack { path: CRC }),
    }
}

struct Writer {
    bytes: Vec<u8>,
    /// Bytes so far that are no characters of their own.
    continuations: usize,
    /// Where we are; for the message when something is refused.
    template: Option<Path>,
}

impl Writer {
    /// The header of an object, when it has a length that can be written.
    #[inline]
    fn header(&self, tag: u8, characters: usize, found: &[u8]) -> Result<[u8; 4], EncodeError> {
        match characters {
            1..=VALUE_LENGTH_MAX => Ok(header(tag, characters)),
            _ => Err(self.refused(tag, characters, found)),
        }
    }

    #[cold]
    fn refused(&self, tag: u8, characters: usize, found: &[u8]) -> EncodeError {
        let rule = match characters {
            0 => Rule::NotEmpty,
            _ => Rule::MaxLength(VALUE_LENGTH_MAX),
        };
        EncodeError::refused(
            at(self.template, tag),
            rule,
            &String::from_utf8_lossy(found),
        )
    }
}

impl Objects for Writer {
    #[inline]
    fn object(&mut self, tag: u8, value: &str) -> Result<(), EncodeError> {
        let bytes = value.as_bytes();
        let mut characters = bytes.len();
        if !bytes.is_ascii() {
            characters = value.chars().count();
            self.continuations += bytes.len() - characters;
        }
        let header = self.header(tag, characters, bytes)?;
        self.bytes.extend_from_slice(&header);
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn template(
        &mut self,
        tag: u8,
        inside: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let (start, continuations, around) = (self.bytes.len(), self.continuations, self.template);
        self.bytes.extend_from_slice(&[0; HEADER]);
        self.template = Some(at(around, tag));
        inside(self)?;
        self.template = around;
        // Its length is known only now; a place was kept.
        let written = self.bytes.get(start + HEADER..).unwrap_or_default();
        let characters = written.len() - (self.continuations - continuations);
        let header = self.header(tag, characters, written)?;
        if let Some(place) = self.bytes.get_mut(start..start + HEADER) {
            place.copy_from_slice(&header);
        }
        Ok(())
    }
}

struct Reader<'t> {
    rest: &'t str,
    ascii: bool,
    template: Option<Path>,
}

impl Objects for Reader<'_> {
    #[inline]
    fn object(&mut self, tag: u8, value: &str) -> Result<(), EncodeError> {
        match tlv::split(self.rest, self.ascii) {
            Some((read, found, behind)) if read == tag && found == value => {
                self.rest = behind;
                Ok(())
            }
            read => Err(self.differs(read.map_or(tag, |(read, ..)| read))),
        }
    }

    #[inline]
    fn template(
        &mut self,
        tag: u8,
        inside: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let (found, behind) = match tlv::split(self.rest, self.ascii) {
            Some((read, found, behind)) if read == tag => (found, behind),
            read => return Err(self.differs(read.map_or(tag, |(read, ..)| read))),
        };
        let mut within = Reader {
            rest: found,
            ascii: self.ascii,
            template: Some(at(self.template, tag)),
        };
        inside(&mut within)?;
        if !within.rest.is_empty() {
            return Err(self.differs(tag));
        }
        self.rest = behind;
        Ok(())
    }
}

impl Reader<'_> {
    #[cold]
    fn differs(&self, tag: u8) -> EncodeError {
        let path = at(self.template, tag);
        EncodeError::ReadBack { path }
    }
}

fn at(template: Option<Path>, tag: u8) -> Path {
    template.map_or(Path::root(tag), |template| template.child(tag))
}

/// Tags are below 100, by [`Path`], and lengths by [`Writer::header`].
#[inline]
fn header(tag: u8, length: usize) -> [u8; HEADER] {
    let [length, ..] = length.to_le_bytes();
    [tag / 10, tag % 10, length / 10, length % 10].map(|digit| digit + b'0')
}

/// Plain values with their places, in the order in which they are written. The values of one template
/// stand together.
pub(crate) struct Leaves<'a>(pub &'a [(Path, &'a str)]);

impl Leaves<'_> {
    /// About the bytes that they take.
    pub fn bytes(&self) -> usize {
        let bytes = self.0.iter().map(|(_, value)| value.len() + 3 * HEADER);
        bytes.sum::<usize>() + 2 * HEADER
    }
}

impl Describe for Leaves<'_> {
    fn describe(&self, listener: &mut impl Objects) -> Result<(), EncodeError> {
        describe_level(self.0, 1, listener)
    }
}

/// The objects at a depth, 1 for the root. At most three levels, because a [`Path`] has at most three.
fn describe_level(
    leaves: &[(Path, &str)],
    depth: usize,
    listener: &mut impl Objects,
) -> Result<(), EncodeError> {
    let of_one_template = |(a, _): &(Path, &str), (b, _): &(Path, &str)| {
        a.depth() > depth && b.depth() > depth && a.cut_to(depth) == b.cut_to(depth)
    };
    for object in leaves.chunk_by(of_one_template) {
        let Some((path, value)) = object.first() else {
            continue;
        };
        let tag = path.cut_to(depth).last_tag();
        if path.depth() > depth {
            listener.template(tag, |inside| describe_level(object, depth + 1, inside))?;
        } else {
            listener.object(tag, value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves() -> [(Path, &'static str); 4] {
        [
            (Path::root(0), "01"),
            (Path::root(38).child(0), "A000000727"),
            (Path::root(38).child(1).child(0), "970415"),
            (Path::root(58), "VN"),
        ]
    }

    fn read_back(text: &str, check: &str) -> Result<(), String> {
        let digits = check.as_bytes().try_into().unwrap();
        let result = super::read_back(text, digits, &Leaves(&leaves()));
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
    fn a_template_is_as_long_as_its_characters() {
        let values = [
            (Path::root(64).child(0), "vi"),
            (Path::root(64).child(1), "Phở Hòa"),
            (Path::root(62).child(50).child(1), "ô"),
            (Path::root(62).child(50).child(2), "x"),
            (Path::root(62).child(51).child(1), "đ"),
        ];
        let payload = write(&Leaves(&values), 10).unwrap();
        assert!(
            payload
                .as_str()
                .starts_with("64170002vi0107Phở Hòa622350100101ô0201x51050101đ6304"),
            "{payload}"
        );
    }

    #[test]
    fn a_value_or_template_of_the_wrong_length_is_refused_by_name() {
        let refused = |values: &[(Path, &str)]| {
            let error = write(&Leaves(values), 10).unwrap_err();
            (error.path().to_string(), error.rule().unwrap())
        };
        let long = "ă".repeat(100);
        assert_eq!(
            refused(&[(Path::root(80), &long)]),
            ("80".to_owned(), Rule::MaxLength(99))
        );
        assert_eq!(
            refused(&[(Path::root(80), "")]),
            ("80".to_owned(), Rule::NotEmpty)
        );
        let half = "ă".repeat(46);
        let halves = [1, 2].map(|tag| (Path::root(62).child(50).child(tag), half.as_str()));
        assert_eq!(refused(&halves), ("62.50".to_owned(), Rule::MaxLength(99)));
        assert!(write(&Leaves(&[(Path::root(80), &long[..198])]), 10).is_ok());
    }

    #[test]
    fn every_number_below_one_hundred_has_its_two_digits() {
        for number in 0..100_u8 {
            let header = header(number, usize::from(number));
            let text = format!("{number:02}{number:02}");
            assert_eq!(header, text.as_bytes());
        }
    }
}
