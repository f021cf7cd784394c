//! Every picture is read back.

use crate::{code, full, logo, png_of, read, read_drawing};
use print::frame::{Frame, Template};
use print::geometry::Length;
use print::pdf::Document;
use print::poster::{Form, LogoPlace};
use print::raster::{PIXEL, Raster};
use print::svg::{NaturalSize, svg};
use print::{Drawing, Logo, Paper};
use resvg::{tiny_skia, usvg};

const PAYLOAD: (&str, i64, &str) = ("113366668888", 79_000, "QH234567895V nop phi");

fn expected() -> String {
    code(PAYLOAD.0, PAYLOAD.1, PAYLOAD.2).as_str().to_owned()
}

/// Every form on every sheet, with a logo in the header, in the middle and without.
fn posters() -> Vec<(Form, Drawing)> {
    let noisy = png_of(200, 200, |x, y| {
        let grain = u8::try_from((x * 7 + y * 13 + x * y) % 256).unwrap();
        [grain, 255 - grain, grain / 2, 0xFF]
    });
    let posters = [
        full(),
        full().logo(logo(300, 100), LogoPlace::Header),
        full().logo(Logo::from_png(&noisy).unwrap(), LogoPlace::Centre),
    ];
    let mut drawings = Vec::new();
    for poster in posters {
        for form in [Form::Poster, Form::Card] {
            for paper in Paper::ALL {
                drawings.push((form, poster.draw(form, paper).unwrap()));
            }
        }
    }
    drawings
}

/// Pixels from left to right with which a module is four or more of them wide.
const fn wide(form: Form) -> u16 {
    match form {
        Form::Poster => 700,
        Form::Card => 1_000,
    }
}

/// A card holds its code twice.
fn expected_on(form: Form) -> Vec<String> {
    vec![expected(); if form == Form::Card { 2 } else { 1 }]
}

#[test]
fn every_poster_and_card_is_read_back_from_pixels() {
    for (form, drawing) in posters() {
        let pixel = Length::micrometres(drawing.width.get() / i32::from(wide(form)));
        assert_eq!(read_drawing(&drawing, pixel), expected_on(form), "{form}");
    }
}

#[test]
fn every_svg_is_read_back_through_another_renderer() {
    for (form, drawing) in posters() {
        let text = svg(&drawing, NaturalSize::Millimetres).unwrap();
        let tree = usvg::Tree::from_str(&text, &usvg::Options::default()).unwrap();
        let scale = f32::from(wide(form)) / tree.size().width();
        let size = tree.size().to_int_size().scale_by(scale).unwrap();
        let mut pixmap = tiny_skia::Pixmap::new(size.width(), size.height()).unwrap();
        pixmap.fill(tiny_skia::Color::WHITE);
        let transform = tiny_skia::Transform::from_scale(scale, scale);
        resvg::render(&tree, transform, &mut pixmap.as_mut());
        let rgb: Vec<u8> = pixmap
            .data()
            .chunks(4)
            .flat_map(|pixel| &pixel[..3])
            .copied()
            .collect();
        assert_eq!(
            read(size.width(), size.height(), &rgb),
            expected_on(form),
            "{form}"
        );
    }
}

#[test]
fn every_page_of_a_pdf_is_read_back_through_poppler() {
    if std::process::Command::new("pdftoppm")
        .arg("-v")
        .output()
        .is_err()
    {
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!ci, "pdftoppm of poppler-utils is missing");
        eprintln!("SKIPPED: pdftoppm of poppler-utils is not here");
        return;
    }
    let mut document = Document::new("Tất cả");
    let posters = posters();
    for (_, drawing) in &posters {
        document.add(drawing).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.pdf");
    std::fs::write(&file, document.finish().unwrap()).unwrap();
    for (index, (form, drawing)) in posters.iter().enumerate() {
        let page = (index + 1).to_string();
        let pixels = wide(*form);
        let across = pixels.to_string();
        let output = std::process::Command::new("pdftoppm")
            .args([
                "-scale-to-x",
                &across,
                "-scale-to-y",
                "-1",
                "-f",
                &page,
                "-l",
                &page,
            ])
            .arg(&file)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let (width, height, rgb) = portable_pixmap(&output.stdout);
        assert_eq!(read(width, height, rgb), expected_on(*form), "page {page}");
        // The page has the sheet's proportions.
        let wanted =
            i64::from(drawing.height.get()) * i64::from(pixels) / i64::from(drawing.width.get());
        assert!((i64::from(height) - wanted).abs() <= 2, "page {page}");
    }
}

/// `P6`, width, height, 255, pixels.
fn portable_pixmap(file: &[u8]) -> (u32, u32, &[u8]) {
    let head: Vec<&[u8]> = file.splitn(4, u8::is_ascii_whitespace).collect();
    assert_eq!(head[0], b"P6");
    let number = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().parse().unwrap();
    (
        number(head[1]),
        number(head[2]),
        head[3].strip_prefix(b"255\n").unwrap(),
    )
}

#[test]
fn every_screen_picture_is_read_back_as_png_and_jpeg() {
    for template in Template::ALL {
        for name in [
            "",
            "CONG TY VI DU",
            "Trung tâm Phục vụ hành chính công phường Ví Dụ",
        ] {
            let payload = code(PAYLOAD.0, PAYLOAD.1, PAYLOAD.2);
            let drawing = Frame::new(payload)
                .unwrap()
                .name(name)
                .draw(template)
                .unwrap();
            let raster = Raster::of(&drawing, PIXEL).unwrap();
            let (width, height) = template.size();
            assert_eq!(raster.width() * 250, u32::try_from(width.get()).unwrap());
            assert_eq!(raster.height() * 250, u32::try_from(height.get()).unwrap());
            assert_eq!(
                read(raster.width(), raster.height(), raster.rgb()),
                [expected()]
            );

            let file = raster.png().unwrap();
            let mut reader = png::Decoder::new(std::io::Cursor::new(&file))
                .read_info()
                .unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!(pixels, raster.rgb());

            let file = raster.jpeg().unwrap();
            let mut decoder = zune_jpeg::JpegDecoder::new(std::io::Cursor::new(&file));
            let pixels = decoder.decode().unwrap();
            assert_eq!(
                read(raster.width(), raster.height(), &pixels),
                [expected()],
                "{template}"
            );
        }
    }
}

#[test]
fn the_code_of_a_screen_picture_takes_whole_pixels() {
    for template in Template::ALL {
        let drawing = Frame::new(code("1", 0, ""))
            .unwrap()
            .draw(template)
            .unwrap();
        for (area, mark) in drawing.placed() {
            assert!(drawing.page().contains(&area), "{template}: {mark:?}");
            if let print::Mark::Symbol { symbol, .. } = mark {
                let modules = i32::try_from(symbol.width_with_quiet_zone()).unwrap();
                for length in [area.left, area.top, area.width] {
                    assert_eq!(length.get() % PIXEL.get(), 0);
                }
                assert_eq!(area.width.get() / modules % PIXEL.get(), 0);
                assert!(
                    area.width.get() * 2 > drawing.width.get(),
                    "at least half of {template}"
                );
            }
        }
    }
}
