//! The three writers make the same of a drawing.

use crate::{full, logo};
use print::geometry::Length;
use print::pdf::Document;
use print::poster::{Form, LogoPlace};
use print::raster::{Raster, RasterError};
use print::svg::{NaturalSize, svg};
use print::{Drawing, Paper};
use resvg::usvg;

fn pdf_of(pages: usize) -> Vec<u8> {
    let poster = full().logo(logo(120, 60), LogoPlace::Header);
    let drawing = poster.draw(Form::Poster, Paper::A4).unwrap();
    let mut document = Document::new("Nhiều trang");
    for _ in 0..pages {
        document.add(&drawing).unwrap();
    }
    document.finish().unwrap()
}

fn count(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .filter(|window| *window == needle)
        .count()
}

#[test]
fn the_same_values_give_the_same_bytes() {
    assert_eq!(pdf_of(2), pdf_of(2));
    let svg = || {
        svg(
            &full().draw(Form::Card, Paper::A6).unwrap(),
            NaturalSize::Millimetres,
        )
        .unwrap()
    };
    assert_eq!(svg(), svg());
}

#[test]
fn fonts_and_logo_are_in_a_pdf_once_however_many_pages_it_has() {
    let (one, twenty) = (pdf_of(1), pdf_of(20));
    for needle in [&b"/FontFile2"[..], b"/Subtype/Image", b"/Subtype /Image"] {
        assert_eq!(
            count(&one, needle),
            count(&twenty, needle),
            "{}",
            String::from_utf8_lossy(needle)
        );
    }
    assert!(count(&one, b"/FontFile2") == 2, "regular and bold");
    assert_eq!(count(&twenty, b"/Type/Page/"), 20);
    // The whole font would be 120 kB.
    assert!(one.len() < 60_000, "{}", one.len());
    assert!(
        (twenty.len() - one.len()) / 19 < 20_000,
        "{}",
        (twenty.len() - one.len()) / 19
    );
}

#[test]
fn an_svg_holds_nothing_but_shapes_and_its_texts_are_escaped() {
    let hostile = "</desc><script>alert(1)</script>&\"'";
    let poster = full().payee(hostile);
    let drawing = poster.draw(Form::Poster, Paper::A4).unwrap();
    let text = svg(&drawing, NaturalSize::Millimetres).unwrap();
    assert!(!text.contains("<script") && text.contains("&lt;script&gt;"));
    let document = usvg::roxmltree::Document::parse(&text).unwrap();
    let allowed = ["svg", "title", "desc", "rect", "path", "g"];
    for node in document.descendants().filter(|node| node.is_element()) {
        assert!(
            allowed.contains(&node.tag_name().name()),
            "{:?}",
            node.tag_name()
        );
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "href");
        }
    }
    let root = document.root_element();
    assert_eq!(root.attribute("width"), Some("210mm"));
    assert_eq!(root.attribute("viewBox"), Some("0 0 210000 297000"));
    // What it says is there for those who do not see it.
    let said = root
        .children()
        .find(|node| node.has_tag_name("desc"))
        .unwrap()
        .text()
        .unwrap();
    assert!(said.contains("1133 6666 8888") && said.contains("Quầy 12"));
    assert!(
        said.replace(['\n', ' '], "")
            .contains(&hostile.replace(' ', ""))
    );
}

#[test]
fn pictures_without_or_with_too_many_pixels_are_refused() {
    let drawing = Drawing::new(Length::millimetres(100), Length::ZERO, "");
    assert!(matches!(
        Raster::of(&drawing, Length::micrometres(250)),
        Err(RasterError::Pixels {
            width: 400,
            height: 0
        })
    ));
    let page = full().draw(Form::Poster, Paper::A4).unwrap();
    assert!(Raster::of(&page, Length::micrometres(10)).is_err());
    assert!(Raster::of(&page, Length::ZERO).is_err());
    assert!(Document::new("").add(&drawing).is_err());
}
