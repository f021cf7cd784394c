//! Measuring, wrapping and shrinking what is written. Nothing is cut: a text that does not fit, or that
//! the font cannot write, is refused with the reason.

use crate::font::{ASCENT, DESCENT, Face, Glyph, UNITS_PER_EM};
use crate::geometry::Length;
use unicode_normalization::UnicodeNormalization;
use vietqr::Language;

/// Why a text is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The font has no such character, or it is one that hides or turns what follows.
    #[error("the character {character:?} at position {position} cannot be printed")]
    Character {
        /// The character.
        character: char,
        /// Its place, counted in characters from 0 in the text as composed (NFC).
        position: usize,
    },
    /// It does not fit, even in the smallest type.
    #[error("the text of {characters} characters is too long for its place")]
    TooLong {
        /// Characters of the text.
        characters: usize,
    },
}

impl TextError {
    /// What is wrong, to be put behind the name of the text, in the language asked for.
    #[must_use]
    pub fn phrase(&self, language: Language) -> String {
        match (self, language) {
            (
                Self::Character {
                    character,
                    position,
                },
                Language::Vietnamese,
            ) => format!("có ký tự {character:?} ở vị trí {position} không in được"),
            (
                Self::Character {
                    character,
                    position,
                },
                Language::English,
            ) => format!(
                "has the character {character:?} at position {position}, which cannot be printed"
            ),
            (Self::TooLong { characters }, Language::Vietnamese) => {
                format!("dài {characters} ký tự, không đủ chỗ trên khổ này")
            }
            (Self::TooLong { characters }, Language::English) => {
                format!("has {characters} characters, too many for its place on this paper")
            }
        }
    }
}

/// How a line is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Style {
    /// The weight.
    pub face: Face,
    /// The size of the type.
    pub size: Length,
}

impl Style {
    /// The regular weight in a size.
    #[must_use]
    pub const fn regular(size: Length) -> Self {
        Self {
            face: Face::Regular,
            size,
        }
    }

    /// The bold weight in a size.
    #[must_use]
    pub const fn bold(size: Length) -> Self {
        Self {
            face: Face::Bold,
            size,
        }
    }

    /// From the top of a line down to its baseline.
    #[must_use]
    pub fn ascent(self) -> Length {
        self.units(ASCENT)
    }

    /// The height of a line: no letter leaves it, so lines can follow each other without a gap.
    #[must_use]
    pub fn height(self) -> Length {
        // A micrometre for the rounding of either half.
        self.units(ASCENT + DESCENT) + Length::micrometres(2)
    }

    /// So many font units in this size.
    #[must_use]
    pub fn units(self, units: i32) -> Length {
        self.size.share(units, UNITS_PER_EM)
    }
}

/// A measured line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    text: String,
    style: Style,
    glyphs: Vec<Glyph>,
    width: Length,
}

impl Line {
    /// Measures a text that is written as it stands. What the font lacks becomes its sign for that;
    /// texts from outside go through [`clean`] first.
    #[must_use]
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        let text = text.into();
        let glyphs = style.face.shape(&text);
        let units = glyphs.iter().map(|glyph| glyph.advance).sum();
        Self {
            width: style.units(units) + Length::micrometres(1),
            text,
            style,
            glyphs,
        }
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it is set.
    #[must_use]
    pub const fn style(&self) -> Style {
        self.style
    }

    /// How wide it is.
    #[must_use]
    pub const fn width(&self) -> Length {
        self.width
    }

    /// How high it is, whatever it says.
    #[must_use]
    pub fn height(&self) -> Length {
        self.style.height()
    }

    pub(crate) fn glyphs(&self) -> &[Glyph] {
        &self.glyphs
    }
}

/// Makes a text from outside printable: composed letters, one space between words, none at the ends.
///
/// ```
/// use print::text::clean;
/// assert_eq!(clean("  Chợ  Bến Tha\u{300}nh\n")?, "Chợ Bến Thành");
/// assert!(clean("店").is_err());
/// # Ok::<(), print::text::TextError>(())
/// ```
///
/// # Errors
/// [`TextError::Character`] names the first character that the font cannot write.
pub fn clean(text: &str) -> Result<String, TextError> {
    let mut cleaned = String::with_capacity(text.len());
    for (position, character) in text.nfc().enumerate() {
        if character.is_whitespace() {
            if !cleaned.is_empty() && !cleaned.ends_with(' ') {
                cleaned.push(' ');
            }
        } else if Face::Regular.covers(character) && Face::Bold.covers(character) {
            cleaned.push(character);
        } else {
            return Err(TextError::Character {
                character,
                position,
            });
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    Ok(cleaned)
}

/// The room that a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The weight.
    pub face: Face,
    /// The size that is wanted.
    pub largest: Length,
    /// The size below which nobody reads it.
    pub smallest: Length,
    /// The width.
    pub width: Length,
    /// The most lines.
    pub lines: usize,
}

impl Room {
    /// Sets a text in the largest size in which it fits: whole words on each line, and only in the
    /// smallest size a word that is longer than a line is divided.
    ///
    /// # Errors
    /// [`TextError::TooLong`] when even that does not fit.
    pub fn fit(&self, text: &str) -> Result<Vec<Line>, TextError> {
        let words: Vec<Measured<'_>> = text
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(|word| Measured::new(word, self.face))
            .collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let space = Measured::new(" ", self.face).units;
        let mut size = self.largest.max(self.smallest);
        loop {
            let is_last = size <= self.smallest;
            if let Some(lines) = self.lines_in(size, &words, space, is_last) {
                return Ok(self.balanced(lines, size, &words, space));
            }
            if is_last {
                return Err(TextError::TooLong {
                    characters: text.chars().count(),
                });
            }
            // Steps of a twenty-fifth are not seen, and bound the search.
            size = size.share(24, 25).max(self.smallest);
        }
    }

    /// As many lines, as even as possible: no word is left alone on the last one.
    fn balanced(
        &self,
        lines: Vec<Line>,
        size: Length,
        words: &[Measured<'_>],
        space: i32,
    ) -> Vec<Line> {
        let (mut best, mut narrow, mut wide) = (lines, 0, self.width.get());
        while best.len() > 1 && wide - narrow > 500 {
            let middle = (narrow + wide) / 2;
            let room = Self {
                width: Length::micrometres(middle),
                lines: best.len(),
                ..*self
            };
            match room.lines_in(size, words, space, false) {
                Some(lines) => (best, wide) = (lines, middle),
                None => narrow = middle,
            }
        }
        best
    }

    /// The lines in one size, or `None` when they are too many or one is too wide.
    fn lines_in(
        &self,
        size: Length,
        words: &[Measured<'_>],
        space: i32,
        divide: bool,
    ) -> Option<Vec<Line>> {
        let style = Style {
            face: self.face,
            size,
        };
        let most = self.width.share(UNITS_PER_EM, size.get().max(1)).get();
        let mut texts: Vec<String> = Vec::new();
        let mut used = most;
        for word in words {
            if word.units > most {
                if !divide {
                    return None;
                }
                let (pieces, rest) = word.divided(most, self.face);
                used = rest;
                texts.extend(pieces);
            } else if used.saturating_add(space + word.units) <= most && !texts.is_empty() {
                used += space + word.units;
                if let Some(last) = texts.last_mut() {
                    last.push(' ');
                    last.push_str(word.text);
                }
            } else {
                used = word.units;
                texts.push(word.text.to_owned());
            }
            if texts.len() > self.lines {
                return None;
            }
        }
        let lines: Vec<Line> = texts
            .into_iter()
            .map(|text| Line::new(text, style))
            .collect();
        // Kerning at a space may add a little.
        lines
            .iter()
            .all(|line| line.width() <= self.width)
            .then_some(lines)
    }
}

/// A word and its width in font units.
struct Measured<'a> {
    text: &'a str,
    units: i32,
}

impl<'a> Measured<'a> {
    fn new(text: &'a str, face: Face) -> Self {
        let units = face.shape(text).iter().map(|glyph| glyph.advance).sum();
        Self { text, units }
    }

    /// The word in pieces that each fit, and how much of the last line is used. A letter keeps its
    /// marks.
    fn divided(&self, most: i32, face: Face) -> (Vec<String>, i32) {
        let mut pieces = vec![String::new()];
        let mut used = 0_i32;
        for letter in letters(self.text) {
            let units = Measured::new(letter, face).units;
            // Some room for pairs whose kerning is positive.
            let full = used.saturating_add(units) > most - most / 50;
            match pieces.last_mut() {
                Some(piece) if !full || piece.is_empty() => {
                    piece.push_str(letter);
                    used = used.saturating_add(units);
                }
                _ => {
                    pieces.push(letter.to_owned());
                    used = units;
                }
            }
        }
        (pieces, used)
    }
}

/// Each letter with the combining marks after it.
fn letters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let next = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| !matches!(c, '\u{300}'..='\u{36F}'));
        let (letter, after) = rest.split_at_checked(next.map_or(rest.len(), |(at, _)| at))?;
        rest = after;
        (!letter.is_empty()).then_some(letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn room(lines: usize) -> Room {
        Room {
            face: Face::Bold,
            largest: Length::decipoints(240),
            smallest: Length::decipoints(100),
            width: Length::millimetres(80),
            lines,
        }
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(Line::text).collect()
    }

    #[test]
    fn a_short_text_keeps_the_size_that_was_wanted() {
        let lines = room(2).fit("Chợ Bến Thành").unwrap();
        assert_eq!(texts(&lines), ["Chợ Bến Thành"]);
        assert_eq!(lines[0].style().size, room(2).largest);
    }

    #[test]
    fn a_longer_text_wraps_between_words_before_it_shrinks() {
        let lines = room(2).fit("Uỷ ban nhân dân phường Hoàn Kiếm").unwrap();
        assert_eq!(texts(&lines), ["Uỷ ban nhân dân", "phường Hoàn Kiếm"]);
        let long = "Trung tâm Phục vụ hành chính công phường Vĩnh Hưng thành phố Hà Nội";
        let lines = room(3).fit(long).unwrap();
        assert!(lines[0].style().size < room(3).largest);
        assert_eq!(texts(&lines).join(" "), long);
    }

    #[test]
    fn only_in_the_smallest_size_a_word_is_divided() {
        let word = "W".repeat(40);
        let lines = room(3).fit(&word).unwrap();
        assert_eq!(lines[0].style().size, room(3).smallest);
        assert_eq!(texts(&lines).concat(), word);
        assert_eq!(
            room(1).fit(&word),
            Err(TextError::TooLong { characters: 40 })
        );
    }

    #[test]
    fn nothing_takes_no_lines() {
        assert_eq!(room(1).fit(" "), Ok(Vec::new()));
    }

    #[test]
    fn characters_that_hide_or_turn_text_are_refused_and_named() {
        for (text, character, position) in [
            ("a\u{202E}b", '\u{202E}', 1),
            ("ab\u{0}", '\0', 2),
            ("phí 🙏", '🙏', 4),
        ] {
            assert_eq!(
                clean(text),
                Err(TextError::Character {
                    character,
                    position
                })
            );
        }
        assert_eq!(clean("a\u{A0}\t b").unwrap(), "a b");
    }

    proptest! {
        #[test]
        fn what_fits_fits_and_says_the_same(
            text in "[A-Za-z0-9ÀÁẢÃẠĂẮẰẲẴẶÂẤẦẨẪẬĐÈÉẺẼẸÊẾỀỂỄỆÌÍỈĨỊÒÓỎÕỌÔỐỒỔỖỘƠỚỜỞỠỢÙÚỦŨỤƯỨỪỬỮỰỲÝỶỸỴđươ .,-]{0,160}",
            lines in 1_usize..5,
            width in 8_i32..200,
        ) {
            let text = clean(&text).unwrap();
            let room = Room { width: Length::millimetres(width), ..room(lines) };
            if let Ok(set) = room.fit(&text) {
                prop_assert!(set.len() <= lines);
                for line in &set {
                    prop_assert!(line.width() <= room.width);
                    prop_assert!((room.smallest..=room.largest).contains(&line.style().size));
                }
                let said: String = texts(&set).concat();
                prop_assert_eq!(said.replace(' ', ""), text.replace(' ', ""));
            } else {
                // Only what is really long is refused: at the smallest size no letter is wider than its em.
                let letters_per_line = (room.width.get() / room.smallest.get()).max(1);
                let needed = text.chars().count() / usize::try_from(letters_per_line).unwrap();
                prop_assert!(needed + 1 >= lines.div_ceil(2), "{needed}");
            }
        }
    }
}
