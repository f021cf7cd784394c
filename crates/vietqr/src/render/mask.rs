//! Choosing the mask: of eight, the one whose picture scanners find easiest to read.
//!
//! Nearly all the time of drawing goes here when every module is asked one by one. A row of modules
//! fits a machine word, so the four penalties of ISO/IEC 18004 7.8.3 are a few shifts per row instead:
//! the same mask, ten times as fast.

use qrcode::canvas::MaskPattern;
use std::fmt;
use std::ops::{BitAnd, BitOr, BitXor, Not, Shl, Shr};

/// The masks of a full-size symbol, in the order of their numbers: of equal ones the first is taken.
pub(super) const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// One row or column of a symbol as a word, the first module in the lowest bit.
pub(super) trait Line:
    Copy
    + Default
    + fmt::Debug
    + Send
    + Sync
    + From<u8>
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Not<Output = Self>
    + Shl<usize, Output = Self>
    + Shr<usize, Output = Self>
{
    /// The widest symbol whose lines fit.
    const WIDTH_MAX: usize;

    fn ones(self) -> u64;

    /// The lowest `width` bits.
    fn low(width: usize) -> Self {
        if width >= Self::WIDTH_MAX {
            !Self::default()
        } else {
            !(!Self::default() << width)
        }
    }
}

impl Line for u64 {
    const WIDTH_MAX: usize = 64;

    fn ones(self) -> u64 {
        u64::from(self.count_ones())
    }
}

impl Line for u128 {
    const WIDTH_MAX: usize = 128;

    fn ones(self) -> u64 {
        u64::from(self.count_ones())
    }
}

/// A symbol by its rows and by its columns: penalties are counted along both.
#[derive(Debug, Clone)]
pub(super) struct Lines<L> {
    pub rows: Vec<L>,
    pub columns: Vec<L>,
}

/// How hard `data` laid over `shell` is to read, when that is less than `best`; less is better.
pub(super) fn below<L: Line>(best: u64, data: &Lines<L>, shell: &Lines<L>) -> Option<u64> {
    // Most masks lose half-way, and the rest of their points does not matter.
    let mut penalty = along(&data.rows, &shell.rows);
    if penalty < best {
        penalty += along(&data.columns, &shell.columns);
    }
    if penalty < best {
        let rows = over(&data.rows, &shell.rows);
        penalty += blocks(&rows) + imbalance(&rows);
    }
    Some(penalty).filter(|penalty| *penalty < best)
}

/// The lines of one picture laid over another.
pub(super) fn over<L: Line>(data: &[L], shell: &[L]) -> Vec<L> {
    data.iter().zip(shell).map(|(a, b)| *a ^ *b).collect()
}

/// The points of each line by itself.
fn along<L: Line>(data: &[L], shell: &[L]) -> u64 {
    let inside = L::low(data.len().saturating_sub(1));
    let lines = data.iter().zip(shell).map(|(a, b)| *a ^ *b);
    lines.map(|line| runs(line, inside) + finders(line)).sum()
}

/// Three points for five modules of one colour in a row, and one for each further module.
///
/// `inside` are the modules that have a neighbour on the right.
fn runs<L: Line>(line: L, inside: L) -> u64 {
    let pairs = !(line ^ (line >> 1)) & inside;
    let triples = pairs & (pairs >> 1);
    let fives = triples & (triples >> 2);
    let starts = fives & !(fives << 1);
    fives.ones() + 2 * starts.ones()
}

/// Forty points for what looks like a finder pattern: `#.###.#` with four light modules on one side.
/// Outside the symbol is light, as the shifts make it.
fn finders<L: Line>(line: L) -> u64 {
    let pattern =
        line & !(line >> 1) & (line >> 2) & (line >> 3) & (line >> 4) & !(line >> 5) & (line >> 6);
    let dark_before = (line << 1) | (line << 2) | (line << 3) | (line << 4);
    let dark_after = (line >> 7) | (line >> 8) | (line >> 9) | (line >> 10);
    40 * (pattern & !(dark_before & dark_after)).ones()
}

/// Three points for each square of four modules of one colour.
fn blocks<L: Line>(rows: &[L]) -> u64 {
    let inside = L::low(rows.len().saturating_sub(1));
    let squares = rows.iter().zip(rows.iter().skip(1)).map(|(upper, lower)| {
        let across = !(*upper ^ *lower);
        let along = !(*upper ^ (*upper >> 1));
        (across & (across >> 1) & along & inside).ones()
    });
    3 * squares.sum::<u64>()
}

/// One point for each half per cent away from as many dark as light modules.
fn imbalance<L: Line>(rows: &[L]) -> u64 {
    let dark: u64 = rows.iter().map(|row| row.ones()).sum();
    let all = rows.len() as u64 * rows.len() as u64;
    (dark * 200 / all.max(1)).abs_diff(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line drawn with `#` and `.`, leftmost module first.
    fn line(drawing: &str) -> (u64, usize) {
        let dark = drawing.chars().enumerate().filter(|(_, c)| *c == '#');
        (dark.fold(0, |line, (x, _)| line | 1 << x), drawing.len())
    }

    #[test]
    fn a_run_costs_three_for_five_and_one_more_for_each_module() {
        for (drawing, points) in [
            ("####.####", 0),
            ("#####.#.#", 3),
            ("#######.#", 5),
            ("#####.....", 6),
            (".....#####.....", 9),
        ] {
            let (line, width) = line(drawing);
            assert_eq!(runs(line, u64::low(width - 1)), points, "{drawing}");
        }
    }

    #[test]
    fn a_finder_pattern_counts_once_with_light_on_either_side() {
        for (drawing, points) in [
            ("#.###.#....", 40),
            ("....#.###.#", 40),
            ("....#.###.#....", 40),
            ("#...#.###.#...#", 0),
            ("##.###.##", 0),
            ("#.###.#", 40),
        ] {
            assert_eq!(finders(line(drawing).0), points, "{drawing}");
        }
    }

    #[test]
    fn a_square_of_one_colour_costs_three() {
        let rows = ["##..", "##..", ".#.#", "#..."].map(|drawing| line(drawing).0);
        assert_eq!(blocks(&rows), 6);
        assert_eq!(blocks(&[0_u64, 0, 0b101]), 6);
    }
}
