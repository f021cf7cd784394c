//! The operator's pictures: hostile files are refused, and no logo makes a code that reads wrongly.

use crate::{code, full, logo, png_of};
use print::poster::{Form, LogoPlace, PosterError};
use print::{Logo, LogoError, Paper};
use proptest::prelude::*;
use vietqr::render::{ErrorCorrection, PngOptions, png};

/// A PNG that is a whole code of somebody else.
fn foreign_code() -> Vec<u8> {
    let options = PngOptions {
        module_pixels: 4,
        error_correction: ErrorCorrection::Medium,
    };
    png(&code("666", 0, ""), &options).unwrap()
}

#[test]
fn a_file_that_is_no_small_png_is_refused() {
    assert_eq!(Logo::from_png(b""), Err(LogoError::NotPng));
    assert_eq!(
        Logo::from_png(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        Err(LogoError::NotPng)
    );
    assert_eq!(Logo::from_png(b"\x89PNG\r\n\x1a\n"), Err(LogoError::NotPng));
    assert_eq!(
        Logo::from_png(&vec![0; 1024 * 1024 + 1]),
        Err(LogoError::Bytes {
            bytes: 1024 * 1024 + 1
        })
    );
    let wide = png_of(1_001, 1, |_, _| [0; 4]);
    assert_eq!(
        Logo::from_png(&wide),
        Err(LogoError::Pixels {
            width: 1_001,
            height: 1
        })
    );
}

/// A header that promises 4,000,000,000 pixels is believed in nothing.
#[test]
fn a_file_that_would_unpack_to_gigabytes_is_refused_by_its_header() {
    let mut file = png_of(1, 1, |_, _| [0; 4]);
    file[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    file[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    // With the wrong checksum it is broken; with the right one it is too large.
    assert!(Logo::from_png(&file).is_err());
    let crc = crc_of(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(
        Logo::from_png(&file),
        Err(LogoError::Pixels {
            width: 60_000,
            height: 60_000
        })
    );
}

/// CRC-32 as PNG (ISO/IEC 15948 annex D) defines it.
fn crc_of(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _: u32| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), step)
    })
}

#[test]
fn a_logo_that_is_itself_a_code_is_refused() {
    assert_eq!(Logo::from_png(&foreign_code()), Err(LogoError::HoldsCode));
    assert!(
        LogoError::HoldsCode
            .sentence(vietqr::Language::Vietnamese)
            .contains("mã QR")
    );
}

#[test]
fn every_kind_of_png_is_taken() {
    for (color, depth, bytes) in [
        (png::ColorType::Grayscale, png::BitDepth::One, 1),
        (png::ColorType::Grayscale, png::BitDepth::Sixteen, 16),
        (png::ColorType::Rgb, png::BitDepth::Eight, 24),
        (png::ColorType::Indexed, png::BitDepth::Four, 4),
        (png::ColorType::GrayscaleAlpha, png::BitDepth::Eight, 16),
        (png::ColorType::Rgba, png::BitDepth::Sixteen, 64),
    ] {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 8, 8);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.set_palette(&[0, 0, 0, 255, 0, 0]);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; 8 * bytes]).unwrap();
        writer.finish().unwrap();
        let logo = Logo::from_png(&file).unwrap_or_else(|error| panic!("{color:?}: {error}"));
        assert_eq!((logo.width(), logo.height()), (8, 8));
    }
}

#[test]
fn a_code_stays_readable_below_any_plain_logo() {
    for (width, height) in [(400, 400), (1_000, 10), (10, 1_000), (1, 1)] {
        let poster = full().logo(logo(width, height), LogoPlace::Centre);
        assert!(
            poster.draw(Form::Poster, Paper::A4).is_ok(),
            "{width}×{height}"
        );
    }
}

/// The three corner patterns of a code, drawn into a logo: they pass the check of the file, because
/// nothing can be read from them, and must not confuse a reader of the finished code.
#[test]
fn a_logo_that_imitates_the_corners_of_a_code_is_given_out_only_when_the_code_still_reads() {
    let corner = |x: u32, y: u32| {
        let ring = x.min(6 - x).min(y.min(6 - y));
        ring != 1
    };
    let dark = |x: u32, y: u32| match (x / 10, y / 10) {
        (column @ 0..7, row @ 0..7) => corner(column, row),
        (column @ 14..21, row @ 0..7) => corner(column - 14, row),
        (column @ 0..7, row @ 14..21) => corner(column, row - 14),
        _ => false,
    };
    let file = png_of(210, 210, |x, y| {
        let shade = if dark(x, y) { 0 } else { 0xFF };
        [shade, shade, shade, 0xFF]
    });
    let logo = Logo::from_png(&file).unwrap();
    match full()
        .logo(logo, LogoPlace::Centre)
        .draw(Form::Poster, Paper::A4)
    {
        Ok(drawing) => {
            let read = crate::read_drawing(&drawing, print::geometry::Length::micrometres(200));
            assert_eq!(
                read,
                [code("113366668888", 79_000, "QH234567895V nop phi").as_str()]
            );
        }
        Err(error) => assert!(matches!(error, PosterError::LogoHidesCode), "{error}"),
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_of_logos_panic(damage in proptest::collection::vec((0_usize..400, any::<u8>()), 0..12), cut in 0_usize..400) {
        let mut file = png_of(12, 9, |x, y| [u8::try_from(x * 20).unwrap(), u8::try_from(y * 20).unwrap(), 7, 0xFF]);
        for (at, byte) in damage {
            let length = file.len();
            file[at % length] = byte;
        }
        file.truncate(file.len().max(cut) - cut.min(file.len()) / 8);
        let _ = Logo::from_png(&file);
    }
}
