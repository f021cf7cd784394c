//! The table card: a sheet folded across its middle, the same face on both sides. The code with the
//! hint below it on the left, the other words on the right.

use super::words::Words;
use super::{Content, PosterError, TEXT_STEPS, code_in_frame};
use crate::drawing::{Drawing, Mark};
use crate::geometry::{Area, Length, Point};
use crate::layout::{Align, Block, Scale, palette};
use crate::paper::Paper;

/// In tenths of a millimetre of a face 210 mm wide.
const MARGIN: i32 = 90;
/// The code with its frame.
const CODE: i32 = 900;
/// Between the two columns.
const GUTTER: i32 = 80;
/// Between blocks, at the least.
const GAP: i32 = 30;

/// A card stands near: type may be smaller than on a wall.
const SMALLEST: Length = Length::decipoints(55);

/// The type of a card against that of a poster as wide, in hundredths.
const TYPE: i32 = 62;
/// The same for what stands below the code.
const HINT_TYPE: i32 = 78;

pub(super) fn draw(content: &Content, paper: Paper) -> Result<Drawing, PosterError> {
    let mut result = Err(PosterError::NoRoom);
    for text in TEXT_STEPS {
        result = face(content, paper, text);
        if result.is_ok() {
            break;
        }
    }
    let upright = result?;
    let width = paper.width();
    let half = paper.height().half();
    let mut drawing = Drawing::new(width, paper.height(), content.title());
    let lower: Vec<Mark> = upright
        .iter()
        .map(|mark| mark.clone().moved(Length::ZERO, half))
        .collect();
    drawing.marks.push(Mark::Turned {
        within: Area::new(Length::ZERO, Length::ZERO, width, half),
        marks: upright,
    });
    drawing.marks.extend(lower);
    drawing.marks.push(Mark::Dashes {
        from: Point {
            x: Length::ZERO,
            y: half,
        },
        to: Point { x: width, y: half },
        thickness: Length::micrometres(200),
        colour: palette::LINE,
    });
    Ok(drawing)
}

/// One side, upright.
fn face(content: &Content, paper: Paper, text: i32) -> Result<Vec<Mark>, PosterError> {
    let (width, height) = (paper.width(), paper.height().half());
    let design = Scale {
        width,
        text: 100,
        smallest: SMALLEST,
    };
    let margin = design.tenths(MARGIN);
    let code = design.tenths(CODE);
    let scale = Scale {
        width: width.share(TYPE, 100),
        text,
        ..design
    };
    let gap = design.tenths(GAP);
    let room = height - margin - margin;

    let beside_code = Words {
        scale: Scale {
            width: width.share(HINT_TYPE, 100),
            ..scale
        },
        width: code,
        align: Align::Centre,
        has_full_names: false,
        content,
    };
    let hint = beside_code.hint()?;
    let serial = beside_code.serial()?;
    let left_height = code + gap + hint.above_height(gap, &serial);
    let left_column = margin + code + design.tenths(GUTTER);
    let words = Words {
        width: width - margin - left_column,
        scale,
        align: Align::Left,
        ..beside_code
    };
    let blocks = [
        words.header()?,
        words.headline()?,
        words.payee()?,
        words.account()?,
        words.amount()?,
    ];
    let right = blocks
        .into_iter()
        .fold(Block::default(), |column, block| column.above(gap, block));
    if left_height > room || right.height > room {
        return Err(PosterError::NoRoom);
    }

    let top = margin + (room - left_height).half();
    let mut marks = code_in_frame(content, design, (margin, top), code)?;
    let below = hint.above(gap, serial);
    marks.extend(below.at(margin, top + code + gap));
    marks.extend(right.at(left_column, margin + (room - right.height).half()));
    Ok(marks)
}
