//! What we draw is read back by an independent QR reader.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use money::Vnd;
use proptest::prelude::*;
use vietqr::render::{
    ErrorCorrection, PngOptions, SvgOptions, TerminalColours, TerminalOptions, png, svg, terminal,
};
use vietqr::{AcquirerBin, ConsumerAccount, Payload, Transfer};

fn payload() -> Payload {
    Transfer::to_account(
        AcquirerBin::parse("970415").unwrap(),
        ConsumerAccount::parse("113366668888").unwrap(),
    )
    .one_time()
    .amount(Vnd::new(79_000).unwrap())
    .purpose("QH234567895V Le phi")
    .encode()
    .unwrap()
}

/// A picture as rows of pixels, `true` for dark.
struct Picture {
    width: usize,
    dark: Vec<bool>,
}

impl Picture {
    fn read(&self) -> String {
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(self.width, self.width, |x, y| {
                if self.dark[y * self.width + x] {
                    0
                } else {
                    255
                }
            });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "exactly one symbol is found");
        grids[0].decode().unwrap().1
    }
}

fn from_png(file: &[u8]) -> Picture {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut buffer).unwrap();
    assert_eq!(
        (info.color_type, info.bit_depth),
        (png::ColorType::Grayscale, png::BitDepth::One)
    );
    let width = usize::try_from(info.width).unwrap();
    let bit = |x: usize, y: usize| buffer[y * info.line_size + x / 8] & (0x80 >> (x % 8)) == 0;
    Picture {
        width,
        dark: (0..width * width)
            .map(|at| bit(at % width, at / width))
            .collect(),
    }
}

/// Draws the one path of our SVG, eight pixels per module.
fn from_svg(document: &str) -> Picture {
    const SCALE: usize = 8;
    let modules: usize = between(document, "viewBox=\"0 0 ", " ").parse().unwrap();
    let width = modules * SCALE;
    let mut dark = vec![false; width * width];
    let (mut x, mut y) = (0, 0);
    for run in between(document, " d=\"", "\"").split_terminator('z') {
        let (move_to, rest) = run[1..].split_once('h').unwrap();
        let (dx, dy) = move_to.split_once(' ').unwrap();
        let (dx, dy): (usize, usize) = (dx.parse().unwrap(), dy.parse().unwrap());
        (x, y) = if run.starts_with('M') {
            (dx, dy)
        } else {
            (x + dx, y + dy)
        };
        let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
        for row in y * SCALE..(y + 1) * SCALE {
            dark[row * width + x * SCALE..row * width + (x + length) * SCALE].fill(true);
        }
    }
    Picture { width, dark }
}

fn from_terminal(lines: &str, inverted: bool) -> Picture {
    const SCALE: usize = 4;
    let rows: Vec<Vec<bool>> = lines
        .lines()
        .flat_map(|line| {
            let half = |blocks: [char; 2]| {
                line.chars()
                    .map(|c| blocks.contains(&c) != inverted)
                    .collect()
            };
            [half(['█', '▀']), half(['█', '▄'])]
        })
        .collect();
    let modules = rows[0].len();
    let width = modules * SCALE;
    let dark = (0..width * width)
        .map(|at| rows[at / width / SCALE][at % width / SCALE])
        .collect();
    Picture { width, dark }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap() + before.len();
    let length = text[start..].find(after).unwrap();
    &text[start..start + length]
}

const LEVELS: [ErrorCorrection; 3] = [
    ErrorCorrection::Medium,
    ErrorCorrection::Quartile,
    ErrorCorrection::High,
];

#[test]
fn a_drawn_png_reads_back_as_the_payload_at_every_level_and_size() {
    let payload = payload();
    for error_correction in LEVELS {
        for module_pixels in [2, 3, 8, 13] {
            let options = PngOptions {
                module_pixels,
                error_correction,
            };
            let file = png(&payload, &options).unwrap();
            assert_eq!(from_png(&file).read(), payload.as_str(), "{options:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_transfer_that_is_drawn_reads_back(
        account in "[0-9A-Za-z]{1,19}", dong in 1_i64..500_000_000, memo in "[A-Z0-9]{1,25}",
    ) {
        let bin = AcquirerBin::parse("970436").unwrap();
        let payload = Transfer::to_account(bin, ConsumerAccount::parse(&account).unwrap())
            .amount(Vnd::new(dong).unwrap())
            .purpose(&memo)
            .encode()
            .unwrap();
        let options = PngOptions { module_pixels: 4, ..PngOptions::default() };
        let file = png(&payload, &options).unwrap();
        prop_assert_eq!(from_png(&file).read(), payload.as_str());
    }
}

#[test]
fn a_drawn_svg_reads_back_as_the_payload_at_every_level() {
    let payload = payload();
    for error_correction in LEVELS {
        let options = SvgOptions {
            error_correction,
            ..SvgOptions::default()
        };
        let document = svg(&payload, &options).unwrap();
        assert_eq!(from_svg(&document).read(), payload.as_str());
    }
}

#[test]
fn a_symbol_on_a_terminal_reads_back_as_the_payload() {
    let payload = payload();
    for (colours, inverted) in [
        (TerminalColours::DarkOnLight, false),
        (TerminalColours::LightOnDark, true),
        (TerminalColours::Ansi, false),
    ] {
        let options = TerminalOptions {
            colours,
            ..TerminalOptions::default()
        };
        let lines = terminal(&payload, &options).unwrap();
        let plain = lines.replace("\u{1B}[30;107m", "").replace("\u{1B}[0m", "");
        assert_eq!(
            from_terminal(&plain, inverted).read(),
            payload.as_str(),
            "{colours:?}"
        );
    }
}

#[test]
fn a_payload_with_vietnamese_text_reads_back_too() {
    let text = "00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN62220818Thanh toán hóa đơn6304C4DB";
    let payload = Payload::parse(text).unwrap();
    let file = png(&payload, &PngOptions::default()).unwrap();
    assert_eq!(from_png(&file).read(), text);
}

#[test]
fn a_png_is_as_wide_as_its_modules_and_keeps_the_quiet_zone() {
    let options = PngOptions {
        module_pixels: 5,
        ..PngOptions::default()
    };
    let picture = from_png(&png(&payload(), &options).unwrap());
    assert_eq!(picture.width, (49 + 8) * 5);
    assert!(
        picture.dark[..picture.width * 4 * 5]
            .iter()
            .all(|dark| !dark)
    );
}

#[test]
fn a_module_of_no_or_too_many_pixels_is_refused() {
    for module_pixels in [0, 41, u32::MAX] {
        let options = PngOptions {
            module_pixels,
            ..PngOptions::default()
        };
        assert!(png(&payload(), &options).is_err());
        let options = SvgOptions {
            module_pixels,
            ..SvgOptions::default()
        };
        assert!(svg(&payload(), &options).is_err());
    }
}

#[test]
fn the_title_of_an_svg_is_escaped() {
    let title = Some("<script>&\u{0}".to_owned());
    let document = svg(
        &payload(),
        &SvgOptions {
            title,
            ..SvgOptions::default()
        },
    )
    .unwrap();
    assert!(document.contains("<title>&lt;script&gt;&amp;</title>"));
}
