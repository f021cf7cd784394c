//! The string itself: objects, templates, the check, nothing twice. (EMVCo MPM chapters 3 and 4.)

use super::{Node, retry};
use crate::crc;
use crate::napas::NAPAS_GUID;
use crate::tlv::{Fault, FaultKind, HEADER, Raw, Unit, Walker};
use crate::{Code, Path, Place, Problem, Span, work};

/// The largest byte-mode QR symbol (version 40, level L) holds this many bytes. Longer input was not
/// scanned from anything, and is refused before any work.
const BYTES_MAX: usize = 2953;

/// EMVCo MPM 3.2 wants at most this many characters.
const CHARACTERS_RECOMMENDED: usize = 512;

/// What the first step found.
pub(super) struct Structure<'a> {
    /// The input without the white space around it.
    pub text: &'a str,
    pub nodes: Vec<Node>,
    pub problems: Vec<Problem>,
    /// Whether the root could be walked to its end.
    pub complete: bool,
    /// Whether the text is printable ASCII throughout, as nearly every payload is.
    pub plain: bool,
    /// For each root ID, the number of its first node.
    first: [u16; 100],
}

/// No node with this ID. Even the largest input has fewer than six hundred.
const NONE: u16 = u16::MAX;

/// A plain value and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub path: Path,
    pub value: &'a str,
    pub span: Span,
}

impl Found<'_> {
    /// Characters of the value.
    pub const fn characters(&self) -> usize {
        self.span.end - self.span.start - HEADER
    }

    /// A problem with this value.
    pub fn problem(&self, code: Code) -> Problem {
        Problem::new(code, Place::At(self.path), self.span).found(self.value)
    }
}

/// What a value holds, if it is a template: its identifier, and where it stops being objects.
struct Survey<'a> {
    guid: Option<&'a str>,
    fault: Option<Fault>,
    /// Whether an ID stands twice.
    repeats: bool,
}

/// A level that is being read: where its text begins in the input.
#[derive(Clone, Copy)]
struct Level {
    template: Option<Path>,
    byte: usize,
    character: usize,
}

impl Level {
    fn path(self, tag: u8) -> Path {
        self.template
            .map_or(Path::root(tag), |path| path.child(tag))
    }

    fn span(self, raw: &Raw<'_>) -> Span {
        let start = self.character + raw.character;
        Span {
            start,
            end: start + HEADER + raw.value_characters,
        }
    }

    /// The level inside `raw`.
    fn inside(self, raw: &Raw<'_>) -> Self {
        Self {
            template: Some(self.path(raw.tag)),
            byte: self.byte + raw.byte + HEADER,
            character: self.character + raw.character + HEADER,
        }
    }
}

impl<'a> Structure<'a> {
    pub fn read(input: &'a str) -> Self {
        const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
        let unindented = input.trim_start_matches(WHITE_SPACE);
        // Everything trimmed is ASCII, so bytes are characters.
        let offset = input.len() - unindented.len();
        let text = unindented.trim_end_matches(WHITE_SPACE);

        let mut structure = Self {
            text,
            nodes: Vec::new(),
            problems: Vec::new(),
            complete: false,
            // Without a way out, so that the compiler looks at many characters at once.
            plain: text
                .bytes()
                .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~')),
            first: [NONE; 100],
        };
        if text.is_empty() {
            structure.report(Code::Empty, Place::Whole, Span::default());
        } else if text.len() > BYTES_MAX {
            structure.text = "";
            structure.report(Code::TooLarge, Place::Whole, Span::default());
        } else {
            if text.len() != input.len() {
                structure.report(Code::WarnTrailingWhitespace, Place::Whole, Span::default());
            }
            structure.walk(offset);
        }
        structure
    }

    /// The plain value at `path`, with its position; the first one when it stands twice.
    pub fn find(&self, path: Path) -> Option<Found<'a>> {
        let is_it = |node: &&Node| {
            work::done(1);
            node.path == path && !node.template
        };
        let nodes = self.nodes_from(path.root_tag());
        nodes.iter().find(is_it).map(|node| self.found(node))
    }

    /// The nodes from the first with this root ID on; none when there is no such object.
    pub fn nodes_from(&self, tag: u8) -> &[Node] {
        let first = self.first.get(usize::from(tag)).copied().unwrap_or(NONE);
        self.nodes.get(usize::from(first)..).unwrap_or_default()
    }

    /// All plain values.
    pub fn values(&self) -> impl Iterator<Item = Found<'a>> {
        let plain = self.nodes.iter().filter(|node| {
            work::done(1);
            !node.template
        });
        plain.map(|node| self.found(node))
    }

    fn found(&self, node: &Node) -> Found<'a> {
        Found {
            path: node.path,
            value: self.text.get(node.value.clone()).unwrap_or_default(),
            span: node.span,
        }
    }

    /// Where something absent could stand: the end of the objects.
    pub fn end(&self) -> Span {
        let end = self.nodes.last().map_or(0, |node| node.span.end);
        Span { start: end, end }
    }

    pub fn report(&mut self, code: Code, place: Place, span: Span) {
        self.problems.push(Problem::new(code, place, span));
    }

    fn walk(&mut self, offset: usize) {
        let text = self.text;
        let root = Level {
            template: None,
            byte: 0,
            character: offset,
        };
        let characters = if self.plain {
            text.len()
        } else {
            text.chars().count()
        };
        let (objects, fault) = self.walker(text).collect_all();
        self.nodes.reserve(objects.len() + 8);
        let has_check = objects.iter().any(|object| object.tag == 63);
        if fault.is_some() || !has_check {
            // The usual cause of nonsense after a text with diacritics is a generator that counted
            // something else. That is the true fault then, and the only one worth telling.
            if let Some((code, tag, span)) = retry::explain(text, offset) {
                self.report(code, Place::At(Path::root(tag)), span);
                return;
            }
        }
        for object in &objects {
            self.expand(root, object, fault.is_none());
        }
        if let Some(fault) = fault {
            self.problems
                .push(problem_of(root, fault, offset + characters));
            return;
        }
        self.complete = true;
        let end = Span {
            start: offset + characters,
            end: offset + characters,
        };
        self.check_frame(root, &objects, end);
        if characters > CHARACTERS_RECOMMENDED {
            let span = Span {
                start: offset,
                end: end.end,
            };
            self.report(Code::WarnPayloadOver512, Place::Whole, span);
        }
    }

    /// 00 first, 63 once and last and right, nothing twice.
    fn check_frame(&mut self, root: Level, objects: &[Raw<'a>], end: Span) {
        if objects.first().is_some_and(|first| first.tag != 0) {
            match objects.iter().find(|object| object.tag == 0) {
                Some(format) => {
                    self.report(
                        Code::PfiNotFirst,
                        Place::At(Path::root(0)),
                        root.span(format),
                    );
                }
                None => {
                    let start = Span {
                        start: root.character,
                        end: root.character,
                    };
                    self.report(Code::Missing, Place::At(Path::root(0)), start);
                }
            }
        }
        match objects.iter().position(|object| object.tag == 63) {
            None => self.report(Code::CrcMissing, Place::At(Path::root(63)), end),
            Some(at) => match objects.get(at..).unwrap_or_default() {
                [check] => self.check_crc(root, check),
                [check, ..] => {
                    self.report(
                        Code::CrcNotLast,
                        Place::At(Path::root(63)),
                        root.span(check),
                    );
                }
                [] => {}
            },
        }
        self.check_duplicates(root, objects.iter().copied());
    }

    /// Compares as text: `1E10` is not a number, and zeros in front count.
    fn check_crc(&mut self, root: Level, check: &Raw<'_>) {
        let place = Place::At(Path::root(63));
        let span = root.span(check);
        if check.value_characters != 4 {
            let problem = Problem::new(Code::BadValue, place, span)
                .rule(crate::Rule::Length(4))
                .found(check.value);
            self.problems.push(problem);
            return;
        }
        let covered = self.text.get(..check.byte + HEADER).unwrap_or_default();
        let computed = crc::ascii_digits(crc::checksum(covered));
        if check.value.as_bytes() == computed {
            return;
        }
        let computed = String::from_iter(computed.map(char::from));
        if check.value.eq_ignore_ascii_case(&computed) {
            self.report(Code::WarnCrcLowercase, place, span);
        } else {
            let problem = Problem::new(Code::CrcMismatch, place, span)
                .found(check.value)
                .expected(computed);
            self.problems.push(problem);
        }
    }

    fn check_duplicates(&mut self, level: Level, objects: impl Iterator<Item = Raw<'a>>) {
        let mut seen = 0_u128;
        for object in objects {
            let bit = 1_u128 << object.tag;
            if seen & bit != 0 {
                self.report(
                    Code::Duplicate,
                    Place::At(level.path(object.tag)),
                    level.span(&object),
                );
            }
            seen |= bit;
        }
    }

    fn push(&mut self, level: Level, raw: &Raw<'_>, template: bool) {
        let value = level.byte + raw.byte + HEADER;
        let path = level.path(raw.tag);
        let number = u16::try_from(self.nodes.len()).unwrap_or(NONE);
        if let Some(first) = self.first.get_mut(usize::from(path.root_tag()))
            && *first == NONE
        {
            *first = number;
        }
        self.nodes.push(Node {
            path,
            span: level.span(raw),
            value: value..value + raw.value.len(),
            template,
        });
    }

    /// Adds a root object and what is inside it. `judge` is false when the walk broke off later: the
    /// objects are then only shown, and one fault is enough to tell.
    fn expand(&mut self, root: Level, raw: &Raw<'a>, judge: bool) {
        if !matches!(raw.tag, 26..=51 | 62 | 64 | 80..=99) {
            self.push(root, raw, false);
            return;
        }
        let inside = root.inside(raw);
        let Survey {
            guid,
            fault,
            repeats,
        } = self.survey(raw.value);
        let is_account = matches!(raw.tag, 26..=51);
        let is_napas = is_account && guid.is_some_and(is_napas_guid);

        if let Some(fault) = fault {
            self.push(root, raw, false);
            // A stranger's template may be anything; ours, and those EMVCo defines, must be whole. So
            // must one that begins like ours, since a lenient app might pay to it.
            let must_parse = matches!(raw.tag, 38 | 62 | 64) || is_napas;
            if judge {
                self.report_not_template(root, raw, fault, must_parse);
            }
            return;
        }
        if guid.is_none() && (is_account || raw.tag >= 80) {
            self.push(root, raw, false);
            if judge {
                self.report(
                    Code::StrictNotTemplate,
                    Place::At(root.path(raw.tag)),
                    root.span(raw),
                );
            }
            return;
        }
        self.push(root, raw, true);
        if judge && repeats {
            self.check_duplicates(inside, self.objects(raw.value));
        }
        for child in self.objects(raw.value) {
            match (raw.tag, child.tag) {
                (_, 1) if is_napas => self.expand_inner(inside, &child, judge, true),
                (62, 50..=99) => self.expand_inner(inside, &child, judge, false),
                _ => self.push(inside, &child, false),
            }
        }
    }

    /// Looks through a value for objects.
    fn survey(&self, value: &'a str) -> Survey<'a> {
        let mut survey = Survey {
            guid: None,
            fault: None,
            repeats: false,
        };
        let mut seen = 0_u128;
        for object in self.walker(value) {
            let object = match object {
                Ok(object) => object,
                Err(fault) => {
                    survey.fault = Some(fault);
                    break;
                }
            };
            if object.tag == 0 && survey.guid.is_none() {
                survey.guid = Some(object.value);
            }
            let bit = 1 << object.tag;
            survey.repeats |= seen & bit != 0;
            seen |= bit;
        }
        survey
    }

    /// The objects of a value that was surveyed without a fault.
    fn objects(&self, value: &'a str) -> impl Iterator<Item = Raw<'a>> + use<'a> {
        self.walker(value).map_while(Result::ok)
    }

    fn walker(&self, value: &'a str) -> Walker<'a> {
        Walker::of(value, Unit::Characters, self.plain || value.is_ascii())
    }

    /// The third and last level: 38.01, which must be whole, and 62.50–62.99, which may be opaque.
    fn expand_inner(&mut self, level: Level, raw: &Raw<'a>, judge: bool, must_parse: bool) {
        let inside = level.inside(raw);
        let Survey {
            guid,
            fault,
            repeats,
        } = self.survey(raw.value);
        let opaque = !must_parse && guid.is_none();
        if fault.is_some() || opaque {
            self.push(level, raw, false);
            if judge {
                let fault = fault.unwrap_or(Fault {
                    kind: FaultKind::Trailing,
                    tag: None,
                    character: 0,
                });
                self.report_not_template(level, raw, fault, must_parse);
            }
            return;
        }
        self.push(level, raw, true);
        if judge && repeats {
            self.check_duplicates(inside, self.objects(raw.value));
        }
        for child in self.objects(raw.value) {
            self.push(inside, &child, false);
        }
    }

    fn report_not_template(&mut self, level: Level, raw: &Raw<'_>, fault: Fault, must_parse: bool) {
        let place = Place::At(level.path(raw.tag));
        if must_parse {
            let span = Span {
                start: level.inside(raw).character + fault.character,
                end: level.span(raw).end,
            };
            self.report(Code::NestedMalformed, place, span);
        } else {
            self.report(Code::StrictNotTemplate, place, level.span(raw));
        }
    }
}

pub(super) fn is_napas_guid(value: &str) -> bool {
    value.eq_ignore_ascii_case(NAPAS_GUID)
}

fn problem_of(root: Level, fault: Fault, end: usize) -> Problem {
    let code = match fault.kind {
        FaultKind::Trailing => Code::TrailingData,
        FaultKind::TagNotNumeric => Code::TagNotNumeric,
        FaultKind::LengthNotNumeric => Code::LengthNotNumeric,
        FaultKind::LengthZero => Code::LengthZero,
        FaultKind::LengthOverrun { .. } => Code::LengthOverrun,
    };
    let place = fault
        .tag
        .map_or(Place::Whole, |tag| Place::At(Path::root(tag)));
    let start = root.character + fault.character;
    let span = Span {
        start,
        end: end.min(start + HEADER),
    };
    let problem = Problem::new(code, place, span);
    match fault.kind {
        FaultKind::LengthOverrun { declared, left } => problem
            .found(&left.to_string())
            .expected(declared.to_string()),
        _ => problem,
    }
}
