//! Nothing is cut, nothing overlaps, whatever the names are.

use crate::{code, full, logo};
use print::geometry::{Area, Length};
use print::poster::{Form, LogoPlace, MODULE_MIN, Poster, PosterError};
use print::text::TextError;
use print::{Drawing, Mark, Paper};
use proptest::prelude::*;

const FORMS: [Form; 2] = [Form::Poster, Form::Card];

/// Printers leave the edge of a sheet white; this much on the smallest.
const EDGE: Length = Length::millimetres(4);

/// Holds a page against everything that must be true of one.
fn check(drawing: &Drawing, form: Form) {
    let page = drawing.page();
    let placed = drawing.placed();
    let is_content = |mark: &Mark| {
        matches!(
            mark,
            Mark::Text { .. } | Mark::Symbol { .. } | Mark::Logo { .. }
        )
    };
    let content: Vec<(&Area, &Mark)> = placed
        .iter()
        .filter(|(_, mark)| is_content(mark))
        .map(|(area, mark)| (area, *mark))
        .collect();
    let panels: Vec<&Area> = placed
        .iter()
        .filter(|(_, mark)| matches!(mark, Mark::Panel { .. }))
        .map(|(area, _)| area)
        .collect();
    for (index, (area, mark)) in content.iter().enumerate() {
        assert!(page.inset(EDGE).contains(area), "{mark:?} leaves the page");
        for (other, neighbour) in &content[index + 1..] {
            let in_the_middle =
                matches!((mark, neighbour), (Mark::Symbol { .. }, Mark::Logo { .. }))
                    && area.contains(other);
            assert!(
                in_the_middle || !area.overlaps(other),
                "{mark:?} and {neighbour:?} overlap"
            );
        }
        for panel in &panels {
            // The white field below a logo lies inside its symbol.
            let is_pad = matches!(mark, Mark::Symbol { .. }) && area.contains(panel);
            assert!(
                panel.contains(area) || !panel.overlaps(area) || is_pad,
                "{mark:?} leaves its panel"
            );
        }
        if form == Form::Card {
            let fold = page.height.half();
            assert!(
                area.bottom() <= fold || area.top >= fold,
                "{mark:?} is folded"
            );
        }
        match mark {
            // The box of a line is what the line needs.
            Mark::Text { line, .. } => {
                assert_eq!((area.width, area.height), (line.width(), line.height()));
                assert!(
                    line.style().size >= Length::decipoints(55),
                    "{:?}",
                    line.text()
                );
            }
            Mark::Symbol { symbol, .. } => {
                let modules = i32::try_from(symbol.width_with_quiet_zone()).unwrap();
                assert_eq!(area.width, area.height);
                assert_eq!(
                    area.width.get() % modules,
                    0,
                    "modules of whole micrometres"
                );
                assert!(area.width.get() / modules >= MODULE_MIN.get());
            }
            _ => {}
        }
    }
    let symbols = content
        .iter()
        .filter(|(_, mark)| matches!(mark, Mark::Symbol { .. }));
    assert_eq!(symbols.count(), if form == Form::Card { 2 } else { 1 });
}

/// Everything that the page says, without its spaces.
fn said(drawing: &Drawing) -> String {
    let lines: Vec<&str> = drawing.lines().map(|line| line.text()).collect();
    lines.concat().replace([' ', '\u{A0}'], "")
}

#[test]
fn an_ordinary_poster_fits_every_sheet_in_every_form() {
    let posters = [
        full(),
        full().logo(logo(300, 300), LogoPlace::Header),
        full().logo(logo(900, 90), LogoPlace::Header),
        full().logo(logo(60, 600), LogoPlace::Centre),
        Poster::new(code("9704", 0, "")).unwrap(),
        Poster::new(code(
            "1234567890123456789",
            499_999_999,
            "QH234567895V hoc phi T11",
        ))
        .unwrap()
        .payee("Uỷ ban nhân dân phường Hai Chữ Và Thêm Nhiều Chữ Nữa, thành phố Ví Dụ"),
    ];
    for poster in posters {
        for form in FORMS {
            for paper in Paper::ALL {
                let drawing = poster
                    .draw(form, paper)
                    .unwrap_or_else(|error| panic!("{form} {paper}: {error}"));
                assert_eq!(
                    (drawing.width, drawing.height),
                    (paper.width(), paper.height())
                );
                check(&drawing, form);
            }
        }
    }
}

#[test]
fn a_poster_says_what_its_code_pays_in_groups_of_four_with_the_last_four_large() {
    let drawing = full().draw(Form::Poster, Paper::A4).unwrap();
    let lines: Vec<&str> = drawing.lines().map(|line| line.text()).collect();
    for text in [
        "1133 6666 8888",
        "8888",
        "79.000 đ",
        "QH234567895V nop phi",
        "VietinBank",
        "Quầy 12",
    ] {
        assert!(lines.contains(&text), "{text} in {lines:?}");
    }
    assert!(said(&drawing).contains("A-000123"));
    assert!(lines.iter().any(|line| line.contains("VietQR")));
    let size = |text: &str| {
        drawing
            .lines()
            .find(|line| line.text() == text)
            .unwrap()
            .style()
            .size
    };
    assert!(size("8888") > size("1133 6666 8888"));
    // Both languages say how to pay.
    assert!(said(&drawing).contains("Mởứngdụngngânhàng"));
    assert!(said(&drawing).contains("Openyourbankingapp"));
}

#[test]
fn both_sides_of_a_card_say_the_same() {
    let drawing = full().draw(Form::Card, Paper::A5).unwrap();
    let lines: Vec<&str> = drawing.lines().map(|line| line.text()).collect();
    let (upper, lower) = lines.split_at(lines.len() / 2);
    assert_eq!(upper, lower);
}

#[test]
fn what_has_no_room_is_refused_with_its_name_and_never_cut() {
    let draw = |poster: Poster| poster.draw(Form::Poster, Paper::A6).unwrap_err();
    let error = draw(full().payee(&"Ủy ban ".repeat(80)));
    assert_eq!(error.field().unwrap().as_str(), "payee");
    assert!(
        error
            .sentence(vietqr::Language::Vietnamese)
            .starts_with("Tên người nhận dài 559 ký tự")
    );
    assert!(
        error
            .sentence(vietqr::Language::English)
            .starts_with("The payee's name has 559 characters")
    );
    let error = draw(full().serial("店"));
    assert_eq!(
        error.sentence(vietqr::Language::English),
        "The serial number has the character '店' at position 0, which cannot be printed."
    );
    // Templates of another party make more modules than the smallest card can show.
    let text = "Q".repeat(70);
    let mut dense = vietqr::MerchantPresented::new("VN", "704").vietqr(
        vietqr::AcquirerBin::parse("970415").unwrap(),
        vietqr::ConsumerAccount::parse("113366668888").unwrap(),
        vietqr::Service::ToAccount,
    );
    for tag in 80..84 {
        dense = dense.unreserved_template(tag, "vn.example", &[(1, &text)]);
    }
    let dense = dense.encode().unwrap();
    let error = Poster::new(dense)
        .unwrap()
        .logo(logo(9, 9), LogoPlace::Centre)
        .draw(Form::Card, Paper::A6)
        .unwrap_err();
    assert!(
        matches!(error, PosterError::ModuleTooSmall { .. }),
        "{error}"
    );
}

#[test]
fn a_code_that_pays_nobody_gets_no_poster() {
    // A withdrawal: money goes to who scans it.
    let cash = vietqr::MerchantPresented::new("VN", "704")
        .vietqr(
            vietqr::AcquirerBin::parse("970415").unwrap(),
            vietqr::ConsumerAccount::parse("00002025").unwrap(),
            vietqr::Service::Cash,
        )
        .one_time()
        .set(vietqr::Path::parse("52").unwrap(), "6011")
        .set(vietqr::Path::parse("59").unwrap(), "VI DU")
        .set(vietqr::Path::parse("60").unwrap(), "HA NOI")
        .set(vietqr::Path::parse("62.05").unwrap(), "1")
        .set(vietqr::Path::parse("62.07").unwrap(), "1")
        .encode()
        .unwrap();
    assert!(matches!(Poster::new(cash), Err(PosterError::NotPayable)));
}

/// Letters of Vietnamese names, the widest and the highest among them.
fn letters(most: usize) -> impl Strategy<Value = String> {
    const LETTERS: &str = "[A-Za-zÀÁẢÃẠĂẮẰẲẴẶÂẤẦẨẪẬĐÈÉẺẼẸÊẾỀỂỄỆÌÍỈĨỊÒÓỎÕỌÔỐỒỔỖỘƠỚỜỞỠỢÙÚỦŨỤƯỨỪỬỮỰỲÝỶỸỴàáảãạăắằẳẵặâấầẩẫậđèéẻẽẹêếềểễệìíỉĩịòóỏõọôốồổỗộơớờởỡợùúủũụưứừửữựỳýỷỹỵ0-9 .,()/-]";
    proptest::string::string_regex(&format!("{LETTERS}{{0,{most}}}")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_names_are_nothing_is_cut_and_nothing_overlaps(
        payee in letters(150),
        place in letters(40),
        serial in letters(60),
        account in "[A-Za-z0-9]{1,19}",
        amount in prop_oneof![Just(0_i64), 1_i64..500_000_000],
        memo in "[A-Z0-9 ]{0,25}",
        form in 0_usize..2,
        paper in 0_usize..3,
        logo_place in 0_usize..3,
    ) {
        let (form, paper) = (FORMS[form], Paper::ALL[paper]);
        let mut poster = Poster::new(code(&account, amount, &memo))
            .unwrap()
            .payee(&payee)
            .place(&place)
            .serial(&serial);
        if let Some(place) = [LogoPlace::Header, LogoPlace::Centre].get(logo_place) {
            poster = poster.logo(logo(40, 20), *place);
        }
        match poster.draw(form, paper) {
            Ok(drawing) => {
                check(&drawing, form);
                let said = said(&drawing);
                for text in [&payee, &place, &serial, &account] {
                    prop_assert!(said.contains(&text.replace(' ', "")), "{text:?} in {said:?}");
                }
            }
            Err(PosterError::Text { error: TextError::TooLong { characters }, .. }) => {
                prop_assert!(characters > 16, "{characters}");
            }
            Err(error @ PosterError::NoRoom) => {
                let characters = payee.chars().count() + place.chars().count() + serial.chars().count();
                prop_assert!(characters > 60, "{error}: {payee:?} {place:?} {serial:?} on {form} {paper}");
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}
