//! The embedded font: Noto Sans, regular and bold, with every Vietnamese letter (SIL Open Font License,
//! `fonts/OFL.txt`).
//!
//! Shaping (kerning, and the places of combining marks) is HarfBuzz's, in its Rust form. Numbers stay
//! in font units until a size is known.

use harfrust::{Direction, ShapeOptions, ShapePlan, ShaperData, UnicodeBuffer, script};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use std::ops::Range;
use std::sync::LazyLock;

/// Font units in the size of the type; of both weights.
pub const UNITS_PER_EM: i32 = 1_000;

/// From the baseline up to the top of a line, in font units: no letter of the font reaches higher.
pub const ASCENT: i32 = 1_069;

/// From the baseline down to the bottom of a line, in font units: no letter of the font reaches lower.
pub const DESCENT: i32 = 293;

/// The height of a capital letter without marks, in font units.
pub const CAPITAL_HEIGHT: i32 = 714;

/// A weight of the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Face {
    /// 400.
    Regular,
    /// 700.
    Bold,
}

/// A glyph in its place in a run, in font units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glyph {
    /// Its number in the font.
    pub id: u32,
    /// The bytes of the text that it stands for.
    pub text: Range<usize>,
    /// How far the pen moves on.
    pub advance: i32,
    /// To the right of the pen.
    pub x: i32,
    /// Above the baseline.
    pub y: i32,
}

/// One stroke of an outline, in font units above the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stroke {
    MoveTo(i32, i32),
    LineTo(i32, i32),
    QuadTo(i32, i32, i32, i32),
    Close,
}

struct Loaded {
    bytes: &'static [u8],
    font: FontRef<'static>,
    shaper: ShaperData,
    plan: ShapePlan,
    /// By glyph number.
    outlines: Vec<Vec<Stroke>>,
}

static REGULAR: LazyLock<Option<Loaded>> =
    LazyLock::new(|| Loaded::read(include_bytes!("../fonts/NotoSans-Regular.ttf")));
static BOLD: LazyLock<Option<Loaded>> =
    LazyLock::new(|| Loaded::read(include_bytes!("../fonts/NotoSans-Bold.ttf")));

impl Loaded {
    /// `None` never happens with the files that are compiled in; a test says so.
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        let outlines = font.outline_glyphs();
        let glyphs = font.glyph_names().num_glyphs().max(1);
        let outlines = (0..glyphs)
            .map(|id| {
                let mut pen = Pen::default();
                if let Some(glyph) = outlines.get(GlyphId::new(id)) {
                    let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
                    // A glyph that cannot be drawn would stay empty; a test draws them all.
                    let _ = glyph.draw(settings, &mut pen);
                }
                pen.0
            })
            .collect();
        let shaper = ShaperData::new(&font);
        let built = shaper.shaper(&font).build();
        let plan = ShapePlan::new(
            &built,
            Direction::LeftToRight,
            Some(script::LATIN),
            None,
            &[],
        );
        Some(Self {
            bytes,
            shaper,
            plan,
            font,
            outlines,
        })
    }
}

#[derive(Default)]
struct Pen(Vec<Stroke>);

/// TrueType outlines are whole font units.
#[allow(
    clippy::cast_possible_truncation,
    reason = "font units lie within ±16,384"
)]
const fn units(value: f32) -> i32 {
    value.round() as i32
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.push(Stroke::MoveTo(units(x), units(y)));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.push(Stroke::LineTo(units(x), units(y)));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (cx, cy) = (units(cx), units(cy));
        self.0.push(Stroke::QuadTo(cx, cy, units(x), units(y)));
    }
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, x: f32, y: f32) {
        // Cubic curves belong to another format of font.
        self.line_to(x, y);
    }
    fn close(&mut self) {
        self.0.push(Stroke::Close);
    }
}

impl Face {
    fn loaded(self) -> Option<&'static Loaded> {
        match self {
            Self::Regular => REGULAR.as_ref(),
            Self::Bold => BOLD.as_ref(),
        }
    }

    /// The font file.
    pub(crate) fn bytes(self) -> &'static [u8] {
        self.loaded().map_or(&[], |loaded| loaded.bytes)
    }

    /// Whether the font has a glyph for the character.
    #[must_use]
    pub fn covers(self, c: char) -> bool {
        let glyph = self
            .loaded()
            .and_then(|loaded| loaded.font.charmap().map(c));
        glyph.is_some_and(|glyph| glyph != GlyphId::NOTDEF)
    }

    /// The glyphs of a text from left to right.
    pub(crate) fn shape(self, text: &str) -> Vec<Glyph> {
        let Some(loaded) = self.loaded() else {
            return Vec::new();
        };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        // The font is Latin, whatever a text of digits alone might look like.
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaper = loaded.shaper.shaper(&loaded.font).build();
        let shaped = shaper.shape(buffer, ShapeOptions::new().plan(Some(&loaded.plan)));
        let starts: Vec<usize> = shaped
            .glyph_infos()
            .iter()
            .map(|info| usize::try_from(info.cluster).unwrap_or(0))
            .collect();
        shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .zip(&starts)
            .map(|((info, position), start)| {
                // Glyphs of one cluster share its text, which ends where the next begins.
                let next = starts.iter().filter(|other| *other > start).min();
                Glyph {
                    id: info.glyph_id,
                    text: *start..next.copied().unwrap_or(text.len()),
                    advance: position.x_advance,
                    x: position.x_offset,
                    y: position.y_offset,
                }
            })
            .collect()
    }

    /// The outline of a glyph; empty for a space.
    pub(crate) fn outline(self, glyph: u32) -> &'static [Stroke] {
        let index = usize::try_from(glyph).ok();
        self.loaded()
            .zip(index)
            .and_then(|(loaded, index)| loaded.outlines.get(index))
            .map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 134 letters of Vietnamese that ASCII does not have.
    const VIETNAMESE: &str = "ÀÁÂÃĂẠẢẤẦẨẪẬẮẰẲẴẶÈÉÊẸẺẼẾỀỂỄỆÌÍĨỈỊÒÓÔÕƠỌỎỐỒỔỖỘỚỜỞỠỢÙÚŨƯỤỦỨỪỬỮỰÝỲỴỶỸĐ\
                              àáâãăạảấầẩẫậắằẳẵặèéêẹẻẽếềểễệìíĩỉịòóôõơọỏốồổỗộớờởỡợùúũưụủứừửữựýỳỵỷỹđ";

    fn every_character() -> impl Iterator<Item = char> {
        (' '..='~')
            .chain(VIETNAMESE.chars())
            .chain("₫№·–—…“”‘’«»€×\u{A0}".chars())
    }

    #[test]
    fn both_weights_have_every_vietnamese_letter_and_draw_it() {
        assert_eq!(VIETNAMESE.chars().count(), 134);
        for face in [Face::Regular, Face::Bold] {
            for c in every_character() {
                assert!(face.covers(c), "{face:?} {c:?}");
                let glyphs = face.shape(&c.to_string());
                assert!(glyphs.iter().all(|glyph| glyph.id != 0), "{c:?}");
                // Some letters are put together from a letter and its mark.
                let drawn = glyphs
                    .iter()
                    .filter(|glyph| !face.outline(glyph.id).is_empty());
                assert_eq!(drawn.count() == 0, c.is_whitespace(), "{face:?} {c:?}");
                assert!(glyphs.iter().map(|glyph| glyph.advance).sum::<i32>() > 0);
            }
        }
    }

    #[test]
    fn no_letter_reaches_out_of_its_line() {
        for face in [Face::Regular, Face::Bold] {
            for c in every_character() {
                for glyph in face.shape(&c.to_string()) {
                    for stroke in face.outline(glyph.id) {
                        let y = match *stroke {
                            Stroke::MoveTo(_, y) | Stroke::LineTo(_, y) => y + glyph.y,
                            Stroke::QuadTo(_, cy, _, y) => y.max(cy) + glyph.y,
                            Stroke::Close => 0,
                        };
                        assert!((-DESCENT..=ASCENT).contains(&y), "{face:?} {c:?}: {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn composed_and_decomposed_letters_are_drawn_alike() {
        // ế as e, circumflex, acute; and a letter that Unicode has no single code for.
        let composed = Face::Bold.shape("\u{1EBF}");
        assert_eq!(Face::Bold.shape("e\u{302}\u{301}"), {
            let mut expected = composed.clone();
            expected[0].text = 0..5;
            expected
        });
        let marked = Face::Bold.shape("x\u{323}");
        assert_eq!(
            marked
                .iter()
                .map(|glyph| glyph.advance > 0)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }

    #[test]
    fn every_figure_has_the_same_width() {
        for face in [Face::Regular, Face::Bold] {
            let widths: Vec<i32> = ('0'..='9')
                .map(|c| face.shape(&c.to_string())[0].advance)
                .collect();
            assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
        }
    }

    #[test]
    fn pairs_are_kerned() {
        let alone = |text: &str| {
            Face::Regular
                .shape(text)
                .iter()
                .map(|g| g.advance)
                .sum::<i32>()
        };
        assert!(alone("To") < alone("T") + alone("o"));
    }

    #[test]
    fn what_the_font_lacks_is_known() {
        for c in ['店', '🙏', '\u{202E}', '\u{7}'] {
            assert!(!Face::Regular.covers(c), "{c:?}");
        }
    }
}
