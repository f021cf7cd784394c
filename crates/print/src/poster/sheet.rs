//! The poster: one column, the code as large as the words leave room.

use super::words::Words;
use super::{Content, PosterError, TEXT_STEPS, code_in_frame};
use crate::drawing::Drawing;
use crate::geometry::Length;
use crate::layout::{Align, Block, Scale};
use crate::paper::Paper;

/// In tenths of a millimetre of a sheet 210 mm wide: the margins, and the least between blocks.
const MARGIN: i32 = 130;
const GAP: i32 = 42;
/// The code with its frame: so wide, while words can still shrink for it, and at most.
const CODE_WANTED: i32 = 1_050;
const CODE_MOST: i32 = 1_300;

/// Small print that a person still reads.
const SMALLEST: Length = Length::decipoints(65);

pub(super) fn draw(content: &Content, paper: Paper) -> Result<Drawing, PosterError> {
    let mut best = Err(PosterError::NoRoom);
    for text in TEXT_STEPS {
        let scale = Scale {
            width: paper.width(),
            text,
            smallest: SMALLEST,
        };
        match column(content, scale, paper.height()) {
            Ok((drawing, code)) => {
                best = Ok(drawing);
                if code >= scale.tenths(CODE_WANTED) {
                    break;
                }
            }
            // The last word: what is wrong even with the smallest type.
            Err(error) if best.is_err() => best = Err(error),
            Err(_) => {}
        }
    }
    best
}

/// The page, and how wide its code is with the frame.
fn column(
    content: &Content,
    scale: Scale,
    height: Length,
) -> Result<(Drawing, Length), PosterError> {
    let margin = scale.tenths(MARGIN);
    let words = Words {
        scale,
        width: scale.width - margin - margin,
        align: Align::Centre,
        has_full_names: true,
        content,
    };
    let above = [words.header()?, words.headline()?];
    let below = [
        words.payee()?,
        words.account()?,
        words.amount()?,
        words.hint()?,
        words.serial()?,
    ];
    let is_there = |block: &&Block| block.height > Length::ZERO;
    let blocks: Vec<&Block> = above.iter().chain(&below).filter(is_there).collect();
    let taken: Length = blocks.iter().map(|block| block.height).sum();
    let gap = scale.tenths(GAP);
    let rest = height - margin - margin - taken - gap.times(blocks.len());
    let code = rest.min(scale.tenths(CODE_MOST)).max(Length::ZERO);
    // What the code does not need goes between the blocks.
    let gaps = i32::try_from(blocks.len()).unwrap_or(1);
    let gap = gap + (rest - code).max(Length::ZERO).share(1, gaps);

    let mut drawing = Drawing::new(scale.width, height, content.title());
    let mut top = margin;
    for (index, block) in above.iter().chain(&below).enumerate() {
        if index == above.len() {
            let left = (scale.width - code).half();
            drawing
                .marks
                .extend(code_in_frame(content, scale, (left, top), code)?);
            top = top + code + gap;
        }
        if is_there(&block) {
            drawing.marks.extend(block.at(margin, top));
            top = top + block.height + gap;
        }
    }
    Ok((drawing, code))
}
