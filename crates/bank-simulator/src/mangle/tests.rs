use super::*;
use payment::Reference;
use proptest::prelude::*;
use rand::SeedableRng as _;

const AT: Timestamp = Timestamp::from_seconds(1_762_153_357);

fn mangled(memo: &str, seed: u64) -> String {
    mangle(memo, "0123456789", AT, &mut StdRng::seed_from_u64(seed))
}

fn way<'a>(memo: &'a str, random: &'a mut StdRng) -> Way<'a> {
    Way {
        memo,
        account_number: "0123456789",
        date: "031125".to_owned(),
        time: "140237".to_owned(),
        random,
    }
}

#[test]
fn every_frame_keeps_the_reference_of_a_usual_memo() {
    let memo = "QH234567895V nộp phí hồ sơ";
    for (place, frame) in FRAMES.into_iter().enumerate() {
        let mut random = StdRng::seed_from_u64(3);
        let mangled = frame(&mut way(memo, &mut random));
        assert!(keeps_references(memo, &mangled), "frame {place}: {mangled}");
        assert!(mangled != memo, "frame {place} does nothing");
    }
}

#[test]
fn a_split_line_has_its_space_inside_the_code() {
    let mut random = StdRng::seed_from_u64(3);
    let split = split_line(&mut way("nop phi QH234567895V", &mut random));
    assert!(!split.contains("QH234567895V"), "{split}");
    assert_eq!(split.replace(' ', ""), "nopphiQH234567895V");
}

#[test]
fn the_frames_look_like_those_of_the_banks() {
    let mut random = StdRng::seed_from_u64(3);
    let framed = napas_trace(&mut way("QH234567895V", &mut random));
    assert!(framed.ends_with(".031125.140237.QH234567895V"), "{framed}");
    let glued = glued_date_suffix(&mut way("QH234567895V", &mut random));
    assert!(
        glued.starts_with("QH234567895VGD ") && glued.ends_with("-031125 14:02:37"),
        "{glued}"
    );
}

#[test]
fn all_frames_are_chosen_by_some_seed() {
    let memo = "QH234567895V nộp phí";
    let shapes: std::collections::BTreeSet<String> = (0..500)
        .map(|seed| mangled(memo, seed).replace(|c: char| c.is_ascii_digit(), "0"))
        .collect();
    assert!(shapes.len() >= FRAMES.len(), "{shapes:#?}");
}

fn flow() -> impl Strategy<Value = Flow> {
    prop::sample::select(Flow::DEFAULTS.to_vec())
}

proptest! {
    #[test]
    fn a_mangled_memo_still_yields_exactly_its_reference(
        flow in flow(),
        drawn in any::<[u8; 16]>(),
        seed in any::<u64>(),
        before in "[ a-zA-ZđĐáàảãạêệơ.,:/-]{0,30}",
        after in "[ a-zA-ZđĐáàảãạêệơ.,:/-]{0,80}",
    ) {
        let reference = Reference::from_random(flow, drawn);
        prop_assume!(reference.is_some());
        let reference = reference.unwrap();
        let memo = format!("{before}{reference}{after}");
        prop_assume!(find(&memo, &Flow::DEFAULTS).only() == Some(reference));
        prop_assert_eq!(find(&mangled(&memo, seed), &Flow::DEFAULTS).only(), Some(reference));
    }

    #[test]
    fn any_memo_can_be_mangled_and_keeps_its_letters_and_digits(memo in "\\PC{0,60}", seed in any::<u64>()) {
        let mangled = mangled(&memo, seed);
        prop_assert!(fold(&mangled).contains(&fold(&memo)));
        prop_assert_eq!(find(&mangled, &Flow::DEFAULTS), find(&memo, &Flow::DEFAULTS));
    }
}
