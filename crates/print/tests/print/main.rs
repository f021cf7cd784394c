//! What is drawn: nothing leaves its page or covers another, and every code is read back, in every form
//! that is written, by a reader that knows nothing of how it was drawn.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test may fail the test"
)]

mod decoding;
mod geometry;
mod logos;
mod writers;

use money::Vnd;
use print::geometry::Length;
use print::poster::Poster;
use print::raster::Raster;
use print::{Drawing, Logo};
use vietqr::{AcquirerBin, ConsumerAccount, Payload, Transfer};

/// A code for an account of VietinBank, with an amount and a memo unless they are nothing.
fn code(account: &str, amount: i64, memo: &str) -> Payload {
    let bin = AcquirerBin::parse("970415").unwrap();
    let mut transfer = Transfer::to_account(bin, ConsumerAccount::parse(account).unwrap());
    if amount > 0 {
        transfer = transfer.amount(Vnd::new(amount).unwrap());
    }
    transfer.purpose(memo).encode().unwrap()
}

/// A poster with everything on it.
fn full() -> Poster {
    Poster::new(code("113366668888", 79_000, "QH234567895V nop phi"))
        .unwrap()
        .payee("Trung tâm Phục vụ hành chính công phường Ví Dụ")
        .place("Quầy 12")
        .serial("A-000123")
}

/// A PNG of one colour with another in its middle.
fn png_of(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| pixel(x, y))
        .collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

/// A plain red logo of these proportions.
fn logo(width: u32, height: u32) -> Logo {
    Logo::from_png(&png_of(width, height, |_, _| [0xC0, 0x20, 0x20, 0xFF])).unwrap()
}

/// Everything that is read in a picture of red, green and blue.
fn read(width: u32, height: u32, rgb: &[u8]) -> Vec<String> {
    let width = usize::try_from(width).unwrap();
    let height = usize::try_from(height).unwrap();
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let at = (y * width + x) * 3;
        let sum: u16 = rgb[at..at + 3].iter().map(|part| u16::from(*part)).sum();
        u8::try_from(sum / 3).unwrap()
    });
    let grids = picture.detect_grids();
    grids.iter().map(|grid| grid.decode().unwrap().1).collect()
}

/// Everything that is read in a drawing, with pixels of this size.
fn read_drawing(drawing: &Drawing, pixel: Length) -> Vec<String> {
    let raster = Raster::of(drawing, pixel).unwrap();
    read(raster.width(), raster.height(), raster.rgb())
}
