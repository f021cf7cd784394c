use super::*;

fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(text).unwrap()
}

fn table(csv: &str) -> Result<Vec<Row>, Vec<RowProblem>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(csv.as_bytes());
    let headings: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows: Vec<Vec<String>> = reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect();
    read_rows(&headings, rows)
}

fn schedule_file() -> String {
    include_str!("../../../../../tests/data/fees/schedule.csv").to_owned()
}

fn stored(changes: &[Change]) -> Schedule {
    Schedule::new(changes.iter().filter_map(|change| match change {
        Change::Added(version) | Change::Changed(version) => Some(version.clone()),
        Change::Unchanged => None,
    }))
}

#[test]
fn a_schedule_of_a_hundred_and_two_items_is_read_whole() {
    let rows = table(&schedule_file()).unwrap();
    assert_eq!(rows.len(), 102);
    let find = |code: &str| rows.iter().find(|row| row.item.as_str() == code).unwrap();
    let copies = find("CT-BANSAO");
    assert_eq!(copies.terms.kind, FeeKind::Phi);
    assert!(matches!(copies.terms.price, Some(PriceRule::PageBands(_))));
    assert_eq!(copies.valid_from, Some(day("2017-01-01")));
    let road = find("DB-OTO10");
    assert_eq!(road.terms.split.steps[0].rate.percent(), "1,32");
    assert_eq!(road.terms.remit, Rhythm::Workdays(3, 2));
    let record = find("LLTP-CHUNG");
    assert_eq!(
        record.terms.split.steps[1].recipient,
        Recipient::Other("Trung tâm Lý lịch tư pháp quốc gia".to_owned())
    );
    assert_eq!(record.terms.split.residual, Recipient::Budget);
    let lunch = find("HS-BANTRU");
    assert_eq!(
        lunch.terms.split,
        SplitTerms::all_to(Recipient::Retained).with_kept("100")
    );
}

impl SplitTerms {
    fn with_kept(self, percent: &str) -> Self {
        Self {
            retained_if_not_autonomous: Decimal::parse_percent(percent).unwrap(),
            ..self
        }
    }
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let rows = table(&schedule_file()).unwrap();
    let first = changes(&Schedule::default(), &rows, day("2026-11-22"));
    assert!(
        first
            .iter()
            .all(|change| matches!(change, Change::Added(_)))
    );
    let second = changes(&stored(&first), &rows, day("2026-12-01"));
    assert!(second.iter().all(|change| *change == Change::Unchanged));
}

#[test]
fn a_changed_price_makes_a_version_with_a_start_date() {
    let before = table(&schedule_file()).unwrap();
    let first = changes(&Schedule::default(), &before, day("2026-11-22"));
    let dearer = schedule_file().replacen(",10000,50,50,", ",12000,50,50,", 1);
    let rows = table(&dearer).unwrap();
    let second = changes(&stored(&first), &rows, day("2027-01-01"));
    let changed: Vec<_> = second
        .iter()
        .filter_map(|change| match change {
            Change::Changed(version) => Some(version),
            _ => None,
        })
        .collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].item.as_str(), "CT-CHUKY");
    assert_eq!(changed[0].version, 2);
    assert_eq!(changed[0].starts_on, day("2027-01-01"));
    let all: Vec<Change> = first.into_iter().chain(second).collect();
    let schedule = stored(&all);
    let item = ItemCode::parse("CT-CHUKY").unwrap();
    let price = |on| {
        let version = schedule.in_force(&item, day(on)).unwrap();
        version.terms.price.as_ref().unwrap().unit_price().unwrap()
    };
    assert_eq!(price("2026-12-31").get(), 10_000);
    assert_eq!(price("2027-01-01").get(), 12_000);
    // And back again is a change of its own.
    let third = changes(&schedule, &before, day("2027-06-01"));
    assert!(
        third
            .iter()
            .any(|change| matches!(change, Change::Changed(version)
        if version.version == 3 && version.starts_on == day("2027-06-01")))
    );
}

#[test]
fn a_new_window_begins_on_its_own_day_and_covers_what_was_there() {
    let full = "code,name_vi,kind,amount_vnd,remitted_percent,valid_from,valid_to\n\
        CC-DOI,Đổi thẻ,le_phi,50000,100,2017-01-01,\n";
    let both = format!("{full}CC-DOI,Đổi thẻ,le_phi,25000,100,2025-07-01,2026-12-31\n");
    let first = changes(
        &Schedule::default(),
        &table(full).unwrap(),
        day("2025-06-01"),
    );
    let second = changes(&stored(&first), &table(&both).unwrap(), day("2025-06-15"));
    assert_eq!(second[0], Change::Unchanged);
    let Change::Added(window) = &second[1] else {
        panic!("{second:?}")
    };
    assert_eq!((window.version, window.starts_on), (2, day("2025-07-01")));
    assert_eq!(window.ends_on, Some(day("2026-12-31")));
}

#[test]
fn everything_that_is_wrong_with_a_file_is_named_at_once() {
    let problems = table(
        "code,name_vi,kind,amount_vnd,retained_percent,remitted_percent,online_discount,valid_from,valid_to,amount_rule\n\
         a b,Tên,phi,1,50,50,none,,,\n\
         A,,phi,1,50,50,none,,,\n\
         B,Tên,fee,1,50,50,none,,,\n\
         C,Tên,phi,-1,50,50,none,,,\n\
         D,Tên,phi,1,50,49,none,,,\n\
         E,Tên,le_phi,1,10,90,none,,,\n\
         F,Tên,phi,1,50,50,half,,,\n\
         G,Tên,phi,1,50,50,none,2026-13-01,,\n\
         H,Tên,phi,1,50,50,none,2026-02-01,2026-01-01,\n\
         I,Tên,phi,,50,50,flat:5,,,\"{\"\"type\"\":\"\"rate\"\",\"\"rate\"\":\"\"0.5\"\"}\"\n\
         J,Tên,phi,1,50,50,none,,,{\n\
         K,Tên,phi,1,50,50,none,,,\n\
         K,Tên,phi,1,50,50,none,,,\n\
         L,\"Tên\u{202e}\",phi,1,50,50,none,,,\n",
    )
    .unwrap_err();
    let named: Vec<_> = problems.iter().map(|p| (p.line, p.column)).collect();
    assert_eq!(
        named,
        [
            (2, "code"),
            (3, "name_vi"),
            (4, "kind"),
            (5, "amount_vnd"),
            (6, "retained_percent"),
            (7, "retained_percent"),
            (8, "online_discount"),
            (9, "valid_from"),
            (10, "valid_to"),
            (11, "online_discount"),
            (12, "amount_rule"),
            (14, "code"),
            (15, "name_vi"),
        ]
    );
    let columns = table("code,name_vi,color,code\n").unwrap_err();
    assert_eq!(columns.len(), 3, "{columns:?}");
}

#[test]
fn written_steps_replace_the_percentages() {
    let rows = table(
        "code,name_vi,kind,amount_vnd,retained_percent,remitted_percent,split\n\
         X,Tên,phi,200000,85,15,\"[{\"\"recipient\"\":\"\"retained\"\",\"\"rate\"\":\"\"0.81\"\"},{\"\"recipient\"\":\"\"Công an\"\",\"\"base\"\":\"\"share:0\"\",\"\"rate\"\":\"\"0.6\"\"}]\"\n",
    )
    .unwrap();
    assert_eq!(rows[0].terms.split.steps[1].base, Base::Share(0));
    let too_much = table(
        "code,name_vi,kind,amount_vnd,split\n\
         X,Tên,phi,1,\"[{\"\"recipient\"\":\"\"retained\"\",\"\"rate\"\":\"\"0.81\"\"},{\"\"recipient\"\":\"\"A\"\",\"\"rate\"\":\"\"0.2\"\"}]\"\n",
    )
    .unwrap_err();
    assert_eq!(too_much[0].column, "split");
}

#[test]
fn names_written_in_pieces_are_put_together() {
    let pieces = "code,name_vi,kind,amount_vnd\nX,Phi\u{301} chu\u{31b}\u{301}ng thu\u{31b}\u{323}c,khoan_thu,1\n";
    assert_eq!(table(pieces).unwrap()[0].terms.name, "Phí chứng thực");
}
