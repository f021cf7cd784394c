//! Choosing the mask: of eight, the one whose picture scanners find easiest to read.
//!
//! Nearly all the time of drawing goes here when every module is asked one by one. A row of modules
//! fits a machine word, so the four penalties of ISO/IEC 18004 7.8.3 are a few shifts per row instead:
//! the same mask, ten times as fast.

use qrcode::Color;
use qrcode::canvas::{Canvas, MaskPattern};

/// The masks of a full-size symbol, in the order of their numbers: of equal ones the first is taken.
const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The widest symbol whose row fits a `u128` (version 27). Larger ones, which no payload that we write
/// needs, take the slow way.
const WIDTH_MAX: usize = 128;

/// Applies the best mask to a drawn canvas.
pub(super) fn apply_best(canvas: &Canvas, width: usize) -> Vec<bool> {
    let dark = |canvas: Canvas| -> Vec<bool> {
        let colours = canvas.into_colors().into_iter();
        colours.map(|colour| colour == Color::Dark).collect()
    };
    if width > WIDTH_MAX {
        return dark(canvas.apply_best_mask());
    }
    let masked = MASKS.into_iter().map(|mask| {
        let mut masked = canvas.clone();
        masked.apply_mask(mask);
        dark(masked)
    });
    masked
        .min_by_key(|modules| penalty(modules, width))
        .unwrap_or_default()
}

/// How hard a symbol is to read; less is better.
fn penalty(modules: &[bool], width: usize) -> u32 {
    let mut rows = vec![0_u128; width];
    let mut columns = vec![0_u128; width];
    for (y, line) in modules.chunks_exact(width).enumerate() {
        for (x, _) in line.iter().enumerate().filter(|(_, dark)| **dark) {
            if let (Some(row), Some(column)) = (rows.get_mut(y), columns.get_mut(x)) {
                *row |= 1 << x;
                *column |= 1 << y;
            }
        }
    }
    let lines = rows.iter().chain(&columns);
    let along: u32 = lines.map(|line| runs(*line, width) + finders(*line)).sum();
    along + blocks(&rows, width) + imbalance(&rows, width)
}

/// The lowest `width` bits.
const fn low_bits(width: usize) -> u128 {
    if width >= 128 {
        u128::MAX
    } else {
        (1 << width) - 1
    }
}

/// Three points for five modules of one colour in a row, and one for each further module.
fn runs(line: u128, width: usize) -> u32 {
    let light = !line & low_bits(width);
    [line, light]
        .into_iter()
        .map(|colour| {
            let pairs = colour & (colour >> 1);
            let fives = pairs & (pairs >> 2) & (colour >> 4);
            let starts = fives & !(fives << 1);
            fives.count_ones() + 2 * starts.count_ones()
        })
        .sum()
}

/// Forty points for what looks like a finder pattern: `#.###.#` with four light modules on one side.
/// Outside the symbol is light, as the shifts make it.
fn finders(line: u128) -> u32 {
    let pattern =
        line & !(line >> 1) & (line >> 2) & (line >> 3) & (line >> 4) & !(line >> 5) & (line >> 6);
    let dark_before = (line << 1) | (line << 2) | (line << 3) | (line << 4);
    let dark_after = (line >> 7) | (line >> 8) | (line >> 9) | (line >> 10);
    40 * (pattern & !(dark_before & dark_after)).count_ones()
}

/// Three points for each square of four modules of one colour.
fn blocks(rows: &[u128], width: usize) -> u32 {
    let inside = low_bits(width - 1);
    let squares = rows.windows(2).map(|pair| match pair {
        [upper, lower] => {
            let across = !(upper ^ lower);
            let along = !(upper ^ (upper >> 1));
            (across & (across >> 1) & along & inside).count_ones()
        }
        _ => 0,
    });
    3 * squares.sum::<u32>()
}

/// One point for each half per cent away from as many dark as light modules.
fn imbalance(rows: &[u128], width: usize) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
    let all = u32::try_from(width * width).unwrap_or(u32::MAX);
    (dark * 200 / all).abs_diff(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line drawn with `#` and `.`, leftmost module first.
    fn line(drawing: &str) -> (u128, usize) {
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
            assert_eq!(runs(line, width), points, "{drawing}");
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
        let rows = ["##..", "##..", ".#.#"].map(|drawing| line(drawing).0);
        assert_eq!(blocks(&rows, 4), 6);
        assert_eq!(blocks(&[0, 0], 3), 6);
    }
}
