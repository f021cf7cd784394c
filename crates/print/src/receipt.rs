//! A receipt: who collects, from whom, for what, how much in figures and in words, and a code that proves it.
//!
//! Names come from outside and a receipt must not fail for one, so a character that the font cannot write, or
//! that hides or turns what follows, is printed as `?`. As many pages as the lines need; each says which.

use crate::drawing::{Colour, Drawing, Mark, module_size};
use crate::font::Face;
use crate::geometry::{Area, Length, Point};
use crate::layout::{Align, Block, palette};
use crate::paper::Paper;
use crate::text::{Line, Room, Style, TextError};
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;
use vietqr::render::{ErrorCorrection, RenderError, Symbol};

/// What is printed; every text in the words of the reader.
#[derive(Debug, Clone, Default)]
pub struct Receipt {
    /// Who collects: the name first, then tax code and address.
    pub collector: Vec<String>,
    /// Form, series and number.
    pub numbers: Vec<String>,
    /// What kind of paper it is.
    pub title: String,
    /// The same in English, in smaller type.
    pub title_en: String,
    /// The day.
    pub date: String,
    /// That it is a copy, or cancelled: printed large.
    pub stamps: Vec<String>,
    /// Facts with their names: the payer, the dossier.
    pub facts: Vec<(String, String)>,
    /// The headings of the lines: what, how much.
    pub headings: (String, String),
    /// The lines: what, how much.
    pub lines: Vec<(String, String)>,
    /// The sum: its name, and how much.
    pub total: (String, String),
    /// The sum in words.
    pub words: String,
    /// What stands above and in the place of the signature.
    pub signature: Vec<String>,
    /// What the code proves, in words below it.
    pub proof_hint: String,
    /// The text in the code.
    pub proof: String,
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// A text does not fit.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The code cannot be drawn.
    #[error(transparent)]
    Code(#[from] RenderError),
}

const MARGIN: Length = Length::millimetres(12);
const GAP: Length = Length::millimetres(2);
/// The width of the code's column at the end.
const CODE: Length = Length::millimetres(42);
/// The width of the amounts' column.
const AMOUNTS: Length = Length::millimetres(32);
/// Long names go on over more lines than any field holds.
const LINES_MAX: usize = 400;

/// A text as it can be printed.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.nfc() {
        if character.is_whitespace() {
            if !printable.is_empty() && !printable.ends_with(' ') {
                printable.push(' ');
            }
        } else if Face::Regular.covers(character) && Face::Bold.covers(character) {
            printable.push(character);
        } else {
            printable.push('?');
        }
    }
    printable.truncate(printable.trim_end().len());
    printable
}

/// Type of one size in a column.
#[derive(Clone, Copy)]
struct Type {
    face: Face,
    size: i32,
    align: Align,
    colour: Colour,
}

impl Type {
    const fn new(face: Face, size: i32) -> Self {
        Self {
            face,
            size,
            align: Align::Left,
            colour: palette::INK,
        }
    }

    const fn centred(self) -> Self {
        Self {
            align: Align::Centre,
            ..self
        }
    }

    const fn soft(self) -> Self {
        Self {
            colour: palette::SOFT,
            ..self
        }
    }

    fn block(self, text: &str, width: Length) -> Result<Block, TextError> {
        let size = Length::decipoints(self.size);
        let room = Room {
            face: self.face,
            largest: size,
            smallest: size,
            width,
            lines: LINES_MAX,
        };
        let lines = room.fit(&printable(text))?;
        Ok(Block::lines(lines, width, self.align, self.colour))
    }
}

const NORMAL: Type = Type::new(Face::Regular, 95);
const STRONG: Type = Type::new(Face::Bold, 95);
const SMALL: Type = Type::new(Face::Regular, 75);

/// Blocks beside each other, each at its left edge.
fn beside(blocks: Vec<(Length, Block)>) -> Block {
    let height = blocks
        .iter()
        .map(|(_, block)| block.height)
        .max()
        .unwrap_or(Length::ZERO);
    let marks = blocks
        .iter()
        .flat_map(|(left, block)| block.at(*left, Length::ZERO))
        .collect();
    Block { height, marks }
}

/// A line of a table: the text left, the amount at the right edge.
fn row(what: &str, amount: &str, width: Length, letters: Type) -> Result<Block, TextError> {
    let what = letters.block(what, width - AMOUNTS - GAP)?;
    let style = Style {
        face: letters.face,
        size: Length::decipoints(letters.size),
    };
    let line = Line::new(printable(amount), style);
    let left = width - line.width();
    let amount = Block::lines(vec![line], width - left, Align::Left, letters.colour);
    Ok(beside(vec![(Length::ZERO, what), (left, amount)]))
}

/// A thin line over the whole width.
fn rule(width: Length) -> Block {
    let thickness = Length::micrometres(200);
    let area = Area::new(Length::ZERO, Length::ZERO, width, thickness);
    Block {
        height: thickness,
        marks: vec![Mark::Panel {
            area,
            corner: Length::ZERO,
            fill: Some(palette::LINE),
            edge: None,
        }],
    }
}

impl Receipt {
    /// The pages, on A4 or a smaller sheet.
    ///
    /// # Errors
    /// [`ReceiptError::Code`] when the proof is longer than any code holds; [`ReceiptError::Text`] when one
    /// text alone is longer than a page.
    pub fn pages(&self, paper: Paper) -> Result<Vec<Drawing>, ReceiptError> {
        let width = paper.width() - MARGIN - MARGIN;
        let mut pages = Pages::new(paper, &self.title);
        for block in self.blocks(width)? {
            pages.add(block);
        }
        Ok(pages.finish(&format!("{} {}", self.title, self.numbers.join(" "))))
    }

    fn blocks(&self, width: Length) -> Result<Vec<Block>, ReceiptError> {
        let third = width.share(1, 3);
        let mut collector = Block::default();
        for (index, line) in self.collector.iter().enumerate() {
            let letters = if index == 0 { STRONG } else { SMALL };
            let line = letters.block(line, width - third - GAP)?;
            collector = collector.above(Length::ZERO, line);
        }
        let mut numbers = Block::default();
        for line in &self.numbers {
            numbers = numbers.above(Length::ZERO, SMALL.block(line, third)?);
        }
        let mut blocks = vec![
            beside(vec![(Length::ZERO, collector), (width - third, numbers)]),
            Type::new(Face::Bold, 150)
                .centred()
                .block(&self.title, width)?,
            SMALL.centred().soft().block(&self.title_en, width)?,
            NORMAL.centred().block(&self.date, width)?,
        ];
        for stamp in &self.stamps {
            blocks.push(Type::new(Face::Bold, 150).centred().block(stamp, width)?);
        }
        for (name, value) in &self.facts {
            blocks.push(NORMAL.block(&format!("{name}: {value}"), width)?);
        }
        blocks.push(rule(width));
        blocks.push(row(&self.headings.0, &self.headings.1, width, STRONG)?);
        for (what, amount) in &self.lines {
            blocks.push(row(what, amount, width, NORMAL)?);
        }
        blocks.push(rule(width));
        blocks.push(row(&self.total.0, &self.total.1, width, STRONG)?);
        blocks.push(NORMAL.block(&self.words, width)?);
        blocks.push(self.end(width)?);
        Ok(blocks)
    }

    /// The code at the left, the signature at the right; never on two pages.
    fn end(&self, width: Length) -> Result<Block, ReceiptError> {
        let symbol = Symbol::of_text(&self.proof, ErrorCorrection::Medium)?;
        let modules = symbol.width_with_quiet_zone();
        let side = module_size(CODE, modules).times(modules);
        let area = Area::new(Length::ZERO, Length::ZERO, side, side);
        let code = Block {
            height: side,
            marks: vec![Mark::Symbol {
                area,
                symbol: Arc::new(symbol),
            }],
        };
        let code = code.above(Length::ZERO, SMALL.soft().block(&self.proof_hint, CODE)?);
        let right = width - CODE - GAP;
        let mut signature = Block::default();
        for (index, line) in self.signature.iter().enumerate() {
            let letters = if index == 0 { STRONG } else { NORMAL };
            let line = letters.centred().block(line, right)?;
            signature = signature.above(GAP, line);
        }
        Ok(beside(vec![(Length::ZERO, code), (CODE + GAP, signature)]))
    }
}

/// Pages that are being filled.
struct Pages {
    paper: Paper,
    title: String,
    full: Vec<Vec<Mark>>,
    marks: Vec<Mark>,
    top: Length,
}

impl Pages {
    fn new(paper: Paper, title: &str) -> Self {
        Self {
            paper,
            title: title.to_owned(),
            full: Vec::new(),
            marks: Vec::new(),
            top: MARGIN,
        }
    }

    /// Puts a block below the others, on a new page where it does not fit.
    fn add(&mut self, block: Block) {
        // The number of the page stands in the lower margin.
        let bottom = self.paper.height() - MARGIN;
        if block.height > bottom - MARGIN {
            // One text that is longer than a page goes on line by line.
            for mark in block.marks {
                let area = mark.area();
                self.add(Block {
                    height: area.height,
                    marks: vec![mark.moved(Length::ZERO, Length::ZERO - area.top)],
                });
            }
            return;
        }
        if self.top + block.height > bottom && !self.marks.is_empty() {
            self.full.push(std::mem::take(&mut self.marks));
            self.top = MARGIN;
        }
        self.marks.extend(block.at(MARGIN, self.top));
        self.top = self.top + block.height + GAP;
    }

    fn finish(mut self, name: &str) -> Vec<Drawing> {
        self.full.push(self.marks);
        let count = self.full.len();
        let (width, height) = (self.paper.width(), self.paper.height());
        let mut drawings = Vec::with_capacity(count);
        for (index, marks) in self.full.into_iter().enumerate() {
            let mut drawing = Drawing::new(width, height, self.title.clone());
            drawing.marks = marks;
            if count > 1 {
                let text = printable(&format!("{name} – trang {}/{count}", index + 1));
                let line = Line::new(text, Style::regular(Length::decipoints(65)));
                let place = Point {
                    x: (width - line.width()).half().max(Length::ZERO),
                    y: height - MARGIN + Length::millimetres(3),
                };
                drawing.marks.push(Mark::Text {
                    area: Area::new(place.x, place.y, line.width(), line.height()),
                    line,
                    colour: palette::SOFT,
                });
            }
            drawings.push(drawing);
        }
        drawings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(lines: usize, name: &str) -> Receipt {
        Receipt {
            collector: vec!["Trung tâm mẫu".into(), "Mã số thuế: 0300000000".into()],
            numbers: vec!["Ký hiệu mẫu: 01BLP0-001".into(), "Số: 0000001".into()],
            title: "BIÊN LAI THU PHÍ".into(),
            title_en: "Fee receipt".into(),
            date: "Ngày 22 tháng 11 năm 2026".into(),
            stamps: vec!["BẢN SAO".into()],
            facts: vec![("Người nộp".into(), name.into())],
            headings: ("Khoản thu".into(), "Số tiền".into()),
            lines: (0..lines)
                .map(|n| (format!("Khoản số {n}"), "79.000".into()))
                .collect(),
            total: ("Tổng cộng".into(), "79.000".into()),
            words: "Bảy mươi chín nghìn đồng".into(),
            signature: vec!["Người thu tiền".into(), "Chưa ký số".into()],
            proof_hint: "Quét để kiểm tra".into(),
            proof: "TNBL1.".to_owned() + &"x".repeat(250),
        }
    }

    fn text(pages: &[Drawing]) -> String {
        let lines = pages.iter().flat_map(Drawing::lines);
        lines.map(Line::text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn everything_stays_on_its_sheet_and_nothing_covers_anything_else() {
        for paper in [Paper::A4, Paper::A5] {
            for lines in [1, 20, 50] {
                let pages = receipt(lines, &"Nguyễn Thị ".repeat(12))
                    .pages(paper)
                    .unwrap();
                assert_eq!(
                    pages.len() > 1,
                    lines == 50 || (lines == 20 && paper == Paper::A5)
                );
                for page in &pages {
                    let placed = page.placed();
                    for (index, (area, mark)) in placed.iter().enumerate() {
                        assert!(page.page().contains(area), "{mark:?}");
                        for (other, _) in placed.iter().skip(index + 1) {
                            assert!(!area.overlaps(other), "{mark:?}");
                        }
                    }
                }
                let all = text(&pages);
                assert_eq!(all.matches("Khoản số").count(), lines);
                assert!(all.contains("BẢN SAO") && all.contains("Chưa ký số"));
            }
        }
    }

    #[test]
    fn a_hostile_name_is_printed_harmless_and_refuses_no_receipt() {
        let hostile = "Trần\u{202E}gnort \u{200B}店 <b>&amp; (x) Tj\n\\";
        let pages = receipt(1, hostile).pages(Paper::A5).unwrap();
        let all = text(&pages);
        assert!(all.contains("Trần?gnort ?? <b>&amp; (x) Tj \\"), "{all}");
        let long = "W".repeat(3_000);
        let pages = receipt(1, &long).pages(Paper::A5).unwrap();
        assert_eq!(text(&pages).matches('W').count(), 3_000);
        for page in &pages {
            assert!(
                page.placed()
                    .iter()
                    .all(|(area, _)| page.page().contains(area))
            );
        }
    }
}
