//! The reader as the judge of what the general builder writes.

use super::EncodeError;
use crate::problem::{Code, Place, Problem};
use crate::{Path, Rule};
use std::collections::BTreeSet;

/// What to forgive; everything else that the reader reports is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Judge {
    /// Issues that a read payload had before it was edited.
    known: BTreeSet<String>,
    any_bin: bool,
    extended_purpose: bool,
}

impl Judge {
    pub fn forgiving(problems: &[Problem]) -> Self {
        Self {
            known: problems.iter().map(Problem::issue).collect(),
            ..Self::default()
        }
    }

    pub const fn allow_unknown_bin(&mut self) {
        self.any_bin = true;
    }

    pub const fn allow_extended_purpose(&mut self) {
        self.extended_purpose = true;
    }

    /// # Errors
    /// The problem as a refusal, unless it is forgiven or merely worth knowing.
    pub fn check(&self, problem: &Problem) -> Result<(), EncodeError> {
        let Some(rule) = rule_of(problem) else {
            return Ok(());
        };
        let forgiven = match problem.code() {
            Code::WarnUnknownBin => self.any_bin,
            Code::StrictTooLong => self.extended_purpose && problem.path() == Some(PURPOSE),
            _ => false,
        };
        if forgiven || self.known.contains(&problem.issue()) {
            return Ok(());
        }
        let path = match problem.place() {
            Place::At(path) => path,
            Place::Accounts => Path::root(26),
            Place::Fees => Path::root(55),
            Place::VietQr => Path::root(38),
            Place::Whole => Path::root(0),
        };
        let found = problem.found_value().unwrap_or_default();
        Err(match rule {
            Verdict::Broken(rule) => EncodeError::refused(path, rule, found),
            Verdict::OurFault => EncodeError::ReadBack { path },
        })
    }
}

const PURPOSE: Path = Path::root(62).child(8);

enum Verdict {
    Broken(Rule),
    /// The writer cannot produce it.
    OurFault,
}

/// The rule that a problem breaks; `None` for what a writer may do deliberately.
fn rule_of(problem: &Problem) -> Option<Verdict> {
    let rule = match problem.code() {
        Code::WarnStaticWithAmount
        | Code::WarnDynamicNoAmount
        | Code::WarnQrcashStatic
        | Code::WarnCrcLowercase
        | Code::WarnTrailingWhitespace => return None,
        Code::BadValue | Code::TooLong | Code::StrictBadValue | Code::StrictTooLong => {
            return Some(
                problem
                    .broken_rule()
                    .map_or(Verdict::OurFault, Verdict::Broken),
            );
        }
        Code::Missing | Code::StrictMissing if problem.place() == Place::Accounts => {
            Rule::AccountRequired
        }
        Code::Missing | Code::StrictMissing | Code::WarnServiceDefaultQrpush => Rule::Required,
        Code::NestedMalformed | Code::StrictNotTemplate => Rule::Template,
        Code::Ambiguous => Rule::OneVietQr,
        Code::StrictUnknown => Rule::Undefined,
        Code::WarnRfuPresent => Rule::Reserved,
        Code::Charset => Rule::PrintableAscii,
        Code::WarnLeadingZeros => Rule::NoLeadingZeros,
        Code::WarnPayloadOver512 => Rule::PayloadLength,
        Code::WarnUnknownBin => Rule::KnownBin,
        Code::WarnVietqrOutside38 => Rule::VietQrIn38,
        Code::Empty
        | Code::TooLarge
        | Code::TagNotNumeric
        | Code::LengthNotNumeric
        | Code::LengthZero
        | Code::LengthOverrun
        | Code::TrailingData
        | Code::CrcMissing
        | Code::CrcMismatch
        | Code::CrcNotLast
        | Code::PfiNotFirst
        | Code::Duplicate
        | Code::ByteLength
        | Code::Utf16Length
        | Code::NotNfc => return Some(Verdict::OurFault),
    };
    Some(Verdict::Broken(rule))
}
