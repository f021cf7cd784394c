//! The generator: frames of real banks, and everything that happens to a memo on its way.

use anyhow::Context;
use payment::{ALPHABET, Flow, REFERENCE_LENGTH, Reference};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::HashSet;

/// The frames as they were seen, with placeholders for the code.
const EXAMPLES: &str = include_str!("../../../tests/data/bank-memos/examples.json");

/// What payers write beside the code.
const WORDS: [&str; 24] = [
    "nộp",
    "học",
    "phí",
    "tháng 11",
    "lớp 3A",
    "Trần Thị Ví Dụ",
    "hồ sơ",
    "tiền chợ",
    "đợt 2",
    "chuyen tien",
    "cho con",
    "bán trú",
    "NOP PHI",
    "QUY 4",
    "XQ 2",
    "QH",
    "qt",
    "2 cháu",
    "chứng thực",
    "Ref:",
    "so",
    "HĐ 0000123",
    "kios 17",
    "ỦNG HỘ",
];

/// Characters that a bank puts between two symbols, or a payer.
const SEPARATORS: [&str; 10] = [" ", "  ", ".", "-", "_", "/", ":", ",", "\n", "\u{a0}"];

/// References of requests that are open.
#[derive(Debug)]
pub struct LiveReferences {
    /// In order, so that a prefix is a range.
    sorted: Vec<Reference>,
    set: HashSet<Reference>,
}

impl LiveReferences {
    /// Draws them as the gateway does: of all flows, never one that another could begin in.
    #[must_use]
    pub fn draw(count: usize, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut set = HashSet::with_capacity(count);
        while set.len() < count {
            set.insert(draw(&mut random));
        }
        let mut sorted: Vec<Reference> = set.iter().copied().collect();
        sorted.sort_unstable();
        Self { sorted, set }
    }

    /// Whether a request that is open has it.
    #[must_use]
    pub fn contains(&self, reference: &Reference) -> bool {
        self.set.contains(reference)
    }

    /// Those that begin with `prefix`.
    #[must_use]
    pub fn beginning_with(&self, prefix: &str) -> &[Reference] {
        let from = self.sorted.partition_point(|known| known.as_str() < prefix);
        let rest = self.sorted.get(from..).unwrap_or_default();
        let count = rest.partition_point(|known| known.as_str().starts_with(prefix));
        rest.get(..count).unwrap_or_default()
    }

    fn any(&self, random: &mut StdRng) -> Reference {
        self.sorted[random.random_range(0..self.sorted.len())]
    }
}

fn draw(random: &mut StdRng) -> Reference {
    loop {
        let flow = Flow::DEFAULTS[random.random_range(0..Flow::DEFAULTS.len())];
        if let Some(reference) = Reference::from_random(flow, random.random())
            && !reference.could_begin_another(&Flow::DEFAULTS)
        {
            return reference;
        }
    }
}

/// The frames of the examples, with one place for the memo.
#[derive(Debug)]
pub struct Frames(Vec<(String, String)>);

impl Frames {
    /// Reads the examples.
    ///
    /// # Errors
    /// When the file has another form.
    pub fn read() -> anyhow::Result<Self> {
        let file: serde_json::Value = serde_json::from_str(EXAMPLES)?;
        let examples = file["examples"].as_array().context("examples")?;
        let mut frames = Vec::new();
        for example in examples {
            let Some(template) = example["template"].as_str() else {
                continue;
            };
            let (before, rest) = template.split_once('{').context("a placeholder")?;
            let (_, behind) = rest.rsplit_once('}').context("a placeholder")?;
            frames.push((before.to_owned(), behind.to_owned()));
        }
        anyhow::ensure!(frames.len() >= 40, "only {} frames", frames.len());
        Ok(Self(frames))
    }
}

/// What a memo means: the only request that its money may be given to by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// This one; every symbol is there, in order.
    Intact(Reference),
    /// This one, with one wrong symbol.
    WrongSymbol(Reference),
    /// This one, with a symbol left out or too many, or two neighbours swapped.
    Slipped(Reference),
    /// This one, with more damage than that, or cut: at best a suggestion.
    Damaged(Reference),
    /// Two of them at once: for a person.
    Two(Reference, Reference),
    /// None: the code of somebody else, or letters that look like one, or nothing.
    Nobody,
}

/// An endless row of memos.
#[derive(Debug)]
pub struct Memos<'a> {
    frames: &'a Frames,
    live: &'a LiveReferences,
    random: StdRng,
}

impl<'a> Memos<'a> {
    /// The row that this seed gives.
    #[must_use]
    pub fn new(frames: &'a Frames, live: &'a LiveReferences, seed: u64) -> Self {
        Self {
            frames,
            live,
            random: StdRng::seed_from_u64(seed),
        }
    }

    /// The next memo with its meaning.
    pub fn next_memo(&mut self) -> (String, Meaning) {
        let one = self.live.any(&mut self.random);
        let (core, meaning) = match self.random.random_range(0..100) {
            0..40 => (one.to_string(), Meaning::Intact(one)),
            40..60 => (self.wrong_symbols(one, 1), Meaning::WrongSymbol(one)),
            60..70 => (self.slip(one), Meaning::Slipped(one)),
            70..82 => (self.damage(one), Meaning::Damaged(one)),
            82..85 => self.mixed_up(one),
            85..90 => {
                let other = self.live.any(&mut self.random);
                let gap = self.separator();
                let meaning = if one == other {
                    Meaning::Intact(one)
                } else {
                    Meaning::Two(one, other)
                };
                (format!("{one}{gap}{other}"), meaning)
            }
            90..94 => (self.strangers_code(), Meaning::Nobody),
            94..98 => (self.look_alike(), Meaning::Nobody),
            _ => (String::new(), Meaning::Nobody),
        };
        // Damage may by chance leave the code as it was: two equal neighbours swapped.
        let meaning = match meaning {
            Meaning::Slipped(it) | Meaning::Damaged(it) if core.contains(it.as_str()) => {
                Meaning::Intact(it)
            }
            other => other,
        };
        let spread = self.spread(&core);
        (self.surround(&spread), meaning)
    }

    fn separator(&mut self) -> &'static str {
        SEPARATORS[self.random.random_range(0..SEPARATORS.len())]
    }

    /// Any letter or digit: people do not know our alphabet.
    fn character(&mut self) -> u8 {
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[self.random.random_range(0..36)]
    }

    fn wrong_symbols(&mut self, reference: Reference, count: usize) -> String {
        let mut symbols = *reference.as_symbols();
        let mut wrong = 0;
        while wrong < count {
            let at = self.random.random_range(0..REFERENCE_LENGTH);
            let other = self.character();
            if symbols[at] == reference.as_symbols()[at] && other != symbols[at] {
                symbols[at] = other;
                wrong += 1;
            }
        }
        text(&symbols)
    }

    fn slip(&mut self, reference: Reference) -> String {
        let mut symbols = reference.as_symbols().to_vec();
        match self.random.random_range(0..3) {
            0 => {
                symbols.remove(self.random.random_range(0..REFERENCE_LENGTH));
            }
            1 => {
                let at = self.random.random_range(1..REFERENCE_LENGTH);
                let extra = self.character();
                symbols.insert(at, extra);
            }
            _ => {
                let at = self.random.random_range(0..REFERENCE_LENGTH - 1);
                symbols.swap(at, at + 1);
            }
        }
        text(&symbols)
    }

    fn damage(&mut self, reference: Reference) -> String {
        let code = reference.as_str();
        match self.random.random_range(0..4) {
            0 => {
                let count = self.random.random_range(2..7);
                self.wrong_symbols(reference, count)
            }
            1 => code[..self.random.random_range(4..REFERENCE_LENGTH - 1)].to_owned(),
            2 => code[self.random.random_range(1..8)..].to_owned(),
            _ => {
                let slipped = self.slip(reference);
                let at = self.random.random_range(0..slipped.len());
                format!("{}{}", &slipped[..at], &slipped[at + 1..])
            }
        }
    }

    /// Two saved templates mixed up: the tail of one behind the beginning of another. When both begin
    /// alike, that is the other one, whole.
    fn mixed_up(&mut self, one: Reference) -> (String, Meaning) {
        let other = self.live.any(&mut self.random);
        let kept = self.random.random_range(4..REFERENCE_LENGTH - 2);
        let mixed = format!("{}{}", &one.as_str()[..kept], &other.as_str()[kept..]);
        let meaning = if mixed == other.as_str() {
            Meaning::Intact(other)
        } else {
            Meaning::Damaged(one)
        };
        (mixed, meaning)
    }

    /// A valid code that no open request has.
    fn strangers_code(&mut self) -> String {
        loop {
            let reference = draw(&mut self.random);
            if !self.live.contains(&reference) {
                return reference.to_string();
            }
        }
    }

    /// Twelve symbols with one of our prefixes and no sense.
    fn look_alike(&mut self) -> String {
        let flow = Flow::DEFAULTS[self.random.random_range(0..Flow::DEFAULTS.len())];
        let mut code = flow.as_str().to_owned();
        for _ in 0..10 {
            code.push(char::from(ALPHABET[self.random.random_range(0..31)]));
        }
        code
    }

    /// Separators inside the code, lower case, or neither.
    fn spread(&mut self, core: &str) -> String {
        let mut spread = core.to_owned();
        if self.random.random_bool(0.3) {
            for _ in 0..self.random.random_range(1..4) {
                if !spread.is_empty() {
                    let at = self.random.random_range(0..spread.len());
                    let gap = self.separator();
                    if spread.is_char_boundary(at) {
                        spread.insert_str(at, gap);
                    }
                }
            }
        }
        if self.random.random_bool(0.25) {
            spread = spread.to_lowercase();
        }
        spread
    }

    /// The payer's words, the bank's frame with fresh numbers, and the line breaks of a rail.
    fn surround(&mut self, core: &str) -> String {
        let mut memo = String::new();
        if self.random.random_bool(0.3) {
            self.words(&mut memo);
        }
        memo.push_str(core);
        if self.random.random_bool(0.6) {
            if self.random.random_bool(0.9) {
                memo.push(' ');
            }
            self.words(&mut memo);
        }
        if self.random.random_bool(0.02) {
            self.uuid(&mut memo);
        }
        let (before, behind) = &self.frames.0[self.random.random_range(0..self.frames.0.len())];
        let (before, behind) = (self.renumber(before), self.renumber(behind));
        let framed = format!("{before}{memo}{behind}");
        match self.random.random_range(0..10) {
            0 => lines(&framed, " "),
            1 => lines(&framed, ""),
            2 => reconciler::memo::fold(&framed),
            3 => framed.to_uppercase(),
            _ => framed,
        }
    }

    fn words(&mut self, memo: &mut String) {
        for _ in 0..self.random.random_range(1..5) {
            if let Some(word) = WORDS.choose(&mut self.random) {
                memo.push_str(word);
                memo.push(' ');
            }
        }
    }

    fn uuid(&mut self, memo: &mut String) {
        for group in [8, 4, 4, 4, 12] {
            memo.push('-');
            for _ in 0..group {
                memo.push(char::from(
                    b"0123456789abcdef"[self.random.random_range(0..16)],
                ));
            }
        }
    }

    /// The frame with other digits in each number, and now and then other capitals in its references.
    fn renumber(&mut self, frame: &str) -> String {
        let letters = self.random.random_bool(0.5);
        let mut in_reference = false;
        let mut renumbered = String::with_capacity(frame.len());
        for c in frame.chars() {
            let digit = c.is_ascii_digit();
            // A capital after a digit belongs to a reference of the bank, not to a word.
            in_reference = digit || (in_reference && c.is_ascii_uppercase());
            renumbered.push(if digit {
                char::from(b'0' + self.random.random_range(0..10))
            } else if in_reference && letters {
                char::from(b'A' + self.random.random_range(0..26))
            } else {
                c
            });
        }
        renumbered
    }
}

fn text(symbols: &[u8]) -> String {
    symbols.iter().map(|&symbol| char::from(symbol)).collect()
}

/// Cut into lines of 35 characters, as interbank messages are, and joined again.
fn lines(memo: &str, joint: &str) -> String {
    let characters: Vec<char> = memo.chars().collect();
    let lines: Vec<String> = characters
        .chunks(35)
        .map(|line| line.iter().collect())
        .collect();
    if joint.is_empty() {
        lines.iter().map(|line| line.trim()).collect()
    } else {
        lines.join(joint)
    }
}
