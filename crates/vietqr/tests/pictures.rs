//! Every picture is read by readers that share no code: rqrr (after quirc), rxing (after ZXing) and
//! zbar. And pictures as a phone sees them: turned, seen from the side, blurred, pale.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]
#![allow(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what a camera does is geometry"
)]

use money::Vnd;
use std::io::Write;
use std::process::{Command, Stdio};
use vietqr::render::{ErrorCorrection, PngOptions, png};
use vietqr::{AcquirerBin, ConsumerAccount, Payload, Transfer};

/// Grey pixels, 0 is black.
struct Picture {
    width: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn draw(
        payload: &Payload,
        module_pixels: u32,
        error_correction: ErrorCorrection,
    ) -> (Vec<u8>, Self) {
        let options = PngOptions {
            module_pixels,
            error_correction,
        };
        let file = png(payload, &options).unwrap();
        let picture = image::load_from_memory(&file).unwrap().into_luma8();
        let width = picture.width() as usize;
        (
            file,
            Self {
                width,
                pixels: picture.into_raw(),
            },
        )
    }

    fn rqrr(&self) -> Option<String> {
        let pixel = |x: usize, y: usize| self.pixels[y * self.width + x];
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.width, self.width, pixel);
        let grids = image.detect_grids();
        grids
            .iter()
            .find_map(|grid| grid.decode().ok())
            .map(|(_, text)| text)
    }

    fn rxing(&self) -> Option<String> {
        let width = u32::try_from(self.width).unwrap();
        let format = Some(rxing::BarcodeFormat::QR_CODE);
        let found = rxing::helpers::detect_in_luma(self.pixels.clone(), width, width, format);
        found.ok().map(|found| found.getText().to_owned())
    }
}

/// What zbar reads from a PNG.
fn zbar(file: &[u8]) -> Option<String> {
    let mut program = Command::new("zbarimg")
        .args([
            "--quiet",
            "--raw",
            "--set",
            "*.enable=0",
            "--set",
            "qrcode.enable=1",
            "png:-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(file).unwrap();
    let output = program.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.strip_suffix('\n').map(str::to_owned)
}

fn payloads() -> Vec<Payload> {
    let transfer = |bin: &str, account: &str| {
        let bin = AcquirerBin::parse(bin).unwrap();
        Transfer::to_account(bin, ConsumerAccount::parse(account).unwrap())
    };
    let full = transfer("970436", "0011001234567890123")
        .one_time()
        .amount(Vnd::new(499_999_999).unwrap())
        .merchant_name("UBND PHUONG BEN THANH")
        .merchant_city("TP HO CHI MINH")
        .bill_number("HD-2026-000123")
        .store_label("QUAY 12")
        .purpose("QH234567895V Le phi ho so");
    vec![
        transfer("970416", "257678859").encode().unwrap(),
        transfer("970415", "113366668888")
            .one_time()
            .amount(Vnd::new(79_000).unwrap())
            .purpose("QH234567895V Le phi")
            .encode()
            .unwrap(),
        full.encode().unwrap(),
        // With its character set announced.
        Payload::parse("00020101021238560010A0000007270126000697041501121133666688880208QRIBFTTA53037045405790005802VN62220818Thanh toán hóa đơn6304C4DB").unwrap(),
    ]
}

const LEVELS: [ErrorCorrection; 3] = [
    ErrorCorrection::Medium,
    ErrorCorrection::Quartile,
    ErrorCorrection::High,
];

#[test]
fn two_readers_read_every_picture() {
    for payload in payloads() {
        for level in LEVELS {
            // A scale of whole bytes and others: the file is written in two ways.
            for module_pixels in [3, 8, 11] {
                let (_, picture) = Picture::draw(&payload, module_pixels, level);
                let expected = Some(payload.as_str().to_owned());
                assert_eq!(picture.rqrr(), expected, "rqrr, {level:?}, {module_pixels}");
                assert_eq!(
                    picture.rxing(),
                    expected,
                    "rxing, {level:?}, {module_pixels}"
                );
            }
        }
    }
}

/// zbar is a program of its own; `scripts/test` installs it.
#[test]
fn zbar_reads_every_picture() {
    let found = Command::new("zbarimg").arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "zbarimg is missing (Debian: zbar-tools)"
        );
        eprintln!("SKIPPED: zbarimg is missing (Debian: zbar-tools)");
        return;
    }
    for payload in payloads() {
        for level in LEVELS {
            for module_pixels in [3, 8, 11] {
                let (file, _) = Picture::draw(&payload, module_pixels, level);
                let expected = Some(payload.as_str().to_owned());
                assert_eq!(zbar(&file), expected, "{level:?}, {module_pixels}");
            }
        }
    }
}

/// A generator that gives the same numbers everywhere (Vigna's SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The picture as a camera sees it: on a pale wall, turned by up to 30 degrees, from up to so far aside
/// that one edge is a sixth shorter, blurred over up to two thirds of a module, with a third of the
/// contrast at the worst, and with noise.
fn seen(picture: &Picture, module: f64, numbers: &mut Numbers) -> Picture {
    let size = picture.width as f64;
    let width = (size * 1.3) as usize;
    let (angle, blur) = (
        numbers.between(-0.52, 0.52),
        numbers.between(0.0, 0.67) * module,
    );
    let (aside, above) = (numbers.between(-0.17, 0.17), numbers.between(-0.17, 0.17));
    let black = numbers.between(20.0, 110.0);
    let white = black + numbers.between(80.0, 240.0 - black);
    let noise = numbers.between(0.0, 8.0);
    let shade = numbers.between(-0.2, 0.2);
    let (sine, cosine) = angle.sin_cos();

    let light_at = |x: f64, y: f64| {
        let inside = x >= 0.0 && y >= 0.0 && x < size && y < size;
        // Beside it is the wall.
        if inside {
            f64::from(picture.pixels[y as usize * picture.width + x as usize])
        } else {
            255.0
        }
    };
    // A pixel of the camera sees a spot, half a pixel wide when it is in focus.
    let spot = 0.25 + blur / 2.0;
    let taps = [
        (-0.4, -0.9),
        (0.9, -0.4),
        (0.4, 0.9),
        (-0.9, 0.4),
        (0.0, 0.0),
    ];
    let taps = taps.map(|(x, y)| (x * spot, y * spot));
    let mut pixels = Vec::with_capacity(width * width);
    for row in 0..width {
        for column in 0..width {
            let (x, y) = (
                column as f64 - width as f64 / 2.0,
                row as f64 - width as f64 / 2.0,
            );
            // The lens: further away is smaller.
            let depth = 1.0 + (aside * x + above * y) / size;
            let (x, y) = (x / depth, y / depth);
            let (x, y) = (
                x * cosine + y * sine + size / 2.0,
                y * cosine - x * sine + size / 2.0,
            );
            let mut sum = 0.0;
            for (right, down) in taps {
                sum += light_at(x + right, y + down);
            }
            let light = black + (white - black) * sum / 5.0 / 255.0;
            let lit = light * (1.0 + shade * (column as f64 / width as f64 - 0.5));
            let grain = numbers.between(-noise, noise);
            pixels.push((lit + grain).clamp(0.0, 255.0) as u8);
        }
    }
    Picture { width, pixels }
}

#[test]
fn at_least_99_of_100_distorted_pictures_are_read() {
    const COUNT: usize = 200;
    let payloads = payloads();
    let mut numbers = Numbers(20_261_122);
    let (mut first, mut second, mut wrong) = (0, 0, 0);
    for number in 0..COUNT {
        let payload = &payloads[number % payloads.len()];
        let module = 3 + u32::try_from(number % 3).unwrap();
        let (_, picture) = Picture::draw(payload, module, LEVELS[number / 4 % 3]);
        let seen = seen(&picture, f64::from(module), &mut numbers);
        let is_right = |text: &String| text == payload.as_str();
        // The second reader is asked where the first finds nothing.
        match seen.rqrr().map(|text| is_right(&text)) {
            Some(true) => first += 1,
            Some(false) => wrong += 1,
            None => match seen.rxing().map(|text| is_right(&text)) {
                Some(true) => second += 1,
                Some(false) => wrong += 1,
                None => {}
            },
        }
    }
    let read = first + second;
    println!(
        "{read} of {COUNT} distorted pictures were read: {first} by rqrr, {second} more by rxing"
    );
    assert_eq!(wrong, 0, "a text that is not the payload was read");
    assert!(read * 100 >= COUNT * 99, "{read} of {COUNT} were read");
}
