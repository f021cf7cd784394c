//! JSON that means one thing only.
//!
//! Two readers of one text must not see different payments. JSON leaves several doors open: a member
//! written twice (first or last wins?), numbers that a float rounds, text after the end, nesting that
//! exhausts a stack. This check closes them before anything typed is read, for
//! callbacks and for our own API. It keeps nothing; read the bytes with `serde_json` afterwards.
//!
//! ```
//! use reconciler::strict_json::{Limits, Rule, check_strict};
//! let twice = br#"{"amount": 1, "payer": {"name": "A", "name": "B"}}"#;
//! let error = check_strict(twice, Limits::default()).unwrap_err();
//! assert_eq!((error.pointer.as_str(), error.rule), ("/payer/name", Rule::DuplicateMember));
//! ```

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// What a text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of objects and arrays; the outermost is level 1.
    pub depth: usize,
    /// Elements of one array, and members of one object.
    pub elements: usize,
    /// Whether numbers may have a fraction: only where they are somebody else's data and never money.
    pub fractions: bool,
}

/// Depth 16, 1,000 elements.
impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 16,
            elements: 1_000,
            fractions: false,
        }
    }
}

/// What was wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule} at \"{pointer}\"")]
pub struct StrictJsonError {
    /// JSON pointer (RFC 6901) to the value; empty for the whole text.
    pub pointer: String,
    /// The rule that it breaks.
    pub rule: Rule,
}

/// The rules of strict JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The bytes are UTF-8.
    Utf8,
    /// The text is JSON (RFC 8259).
    Syntax,
    /// A member name stands once in its object.
    DuplicateMember,
    /// Nesting within [`Limits::depth`].
    Depth,
    /// Arrays and objects within [`Limits::elements`].
    Elements,
    /// Numbers are whole and fit 64 bits: no fraction, no exponent.
    WholeNumber,
    /// Texts hold no NUL character, which PostgreSQL cannot store.
    Nul,
    /// Nothing follows the value.
    TrailingBytes,
}

impl Rule {
    /// The rule in words, as a predicate of the value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "must be UTF-8",
            Self::Syntax => "must be JSON",
            Self::DuplicateMember => "must not be given twice",
            Self::Depth => "is nested too deeply",
            Self::Elements => "has too many elements",
            Self::WholeNumber => "must be a whole number of at most 64 bits",
            Self::Nul => "must not contain a NUL character",
            Self::TrailingBytes => "must be the only value in the text",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Checks the whole text in one pass, stopping at the first broken rule.
///
/// # Errors
/// [`StrictJsonError`] with the place and the rule.
pub fn check_strict(bytes: &[u8], limits: Limits) -> Result<(), StrictJsonError> {
    let mut walk = Walk {
        limits,
        path: Vec::new(),
        broken: None,
    };
    let rule = match std::str::from_utf8(bytes) {
        Err(_) => Rule::Utf8,
        Ok(text) => {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            match (Check(&mut walk)).deserialize(&mut deserializer) {
                // What serde_json itself refuses is a matter of syntax; ours is noted beside it.
                Err(_) => walk.broken.unwrap_or(Rule::Syntax),
                Ok(()) if deserializer.end().is_err() => Rule::TrailingBytes,
                Ok(()) => return Ok(()),
            }
        }
    };
    Err(StrictJsonError {
        pointer: walk.pointer(),
        rule,
    })
}

/// Where the pass is, and the rule that stopped it. A step that fails leaves its path in place.
struct Walk {
    limits: Limits,
    path: Vec<Step>,
    broken: Option<Rule>,
}

enum Step {
    Member(String),
    Element(usize),
}

impl Walk {
    fn refuse<T, E: de::Error>(&mut self, rule: Rule) -> Result<T, E> {
        self.broken = Some(rule);
        Err(E::custom(rule))
    }

    fn text<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return self.refuse(Rule::Nul);
        }
        Ok(())
    }

    fn enter<E: de::Error>(&mut self) -> Result<(), E> {
        // The path holds one step per level above this one.
        if self.path.len() >= self.limits.depth {
            return self.refuse(Rule::Depth);
        }
        Ok(())
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            // Writing to a String cannot fail.
            let _ = match step {
                Step::Member(name) => {
                    write!(pointer, "/{}", name.replace('~', "~0").replace('/', "~1"))
                }
                Step::Element(at) => write!(pointer, "/{at}"),
            };
        }
        pointer
    }
}

struct Check<'a>(&'a mut Walk);

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("strict JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(_) => Ok(()),
            Err(_) => self.0.refuse(Rule::WholeNumber),
        }
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        if self.0.limits.fractions {
            return Ok(());
        }
        self.0.refuse(Rule::WholeNumber)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.0.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.0.enter()?;
        for at in 0.. {
            self.0.path.push(Step::Element(at));
            if elements.next_element_seed(Check(self.0))?.is_none() {
                self.0.path.pop();
                break;
            }
            self.0.path.pop();
            if at >= self.0.limits.elements {
                return self.0.refuse(Rule::Elements);
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.enter()?;
        // Ordered, not hashed: the crate has no randomness, and a hash without it can be flooded.
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            if names.len() >= self.0.limits.elements {
                return self.0.refuse(Rule::Elements);
            }
            self.0.path.push(Step::Member(name.clone()));
            self.0.text(&name)?;
            if !names.insert(name) {
                return self.0.refuse(Rule::DuplicateMember);
            }
            members.next_value_seed(Check(self.0))?;
            self.0.path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (String, Rule) {
        let error = check_strict(text.as_bytes(), Limits::default()).unwrap_err();
        (error.pointer, error.rule)
    }

    #[test]
    fn each_trick_is_refused_with_its_place() {
        let table: &[(&str, &str, Rule)] = &[
            ("", "", Rule::Syntax),
            ("\u{feff}{}", "", Rule::Syntax),
            ("{'a':1}", "", Rule::Syntax),
            ("{\"a\":[1,2,}", "/a/2", Rule::Syntax),
            ("{\"a\":NaN}", "/a", Rule::Syntax),
            ("{\"a\":\"\\ud800\"}", "/a", Rule::Syntax),
            ("{\"a\":1,\"a\":1}", "/a", Rule::DuplicateMember),
            // The same name in two spellings.
            ("{\"a\":1,\"\\u0061\":2}", "/a", Rule::DuplicateMember),
            (
                "[{\"b/c\":{\"~\":1,\"~\":2}}]",
                "/0/b~1c/~0",
                Rule::DuplicateMember,
            ),
            ("{\"a\":1.0}", "/a", Rule::WholeNumber),
            ("{\"a\":1e3}", "/a", Rule::WholeNumber),
            ("{\"a\":9223372036854775808}", "/a", Rule::WholeNumber),
            ("{\"a\":-9223372036854775809}", "/a", Rule::WholeNumber),
            ("{\"a\":\"x\\u0000\"}", "/a", Rule::Nul),
            ("{} {}", "", Rule::TrailingBytes),
            ("{}\0", "", Rule::TrailingBytes),
        ];
        for (text, pointer, rule) in table {
            assert_eq!(refusal(text), ((*pointer).to_owned(), *rule), "{text}");
        }
        let not_utf8 = check_strict(b"{\"a\":\"\xff\"}", Limits::default());
        assert_eq!(not_utf8.unwrap_err().rule, Rule::Utf8);
    }

    #[test]
    fn nesting_is_allowed_to_the_limit_and_not_beyond() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(
            check_strict(nested(16).as_bytes(), Limits::default()),
            Ok(())
        );
        assert_eq!(refusal(&nested(17)).1, Rule::Depth);
        assert_eq!(refusal(&nested(100_000)).1, Rule::Depth);
    }

    #[test]
    fn elements_are_allowed_to_the_limit_and_not_beyond() {
        let array = |count: usize| format!("[{}]", vec!["0"; count].join(","));
        assert_eq!(
            check_strict(array(1_000).as_bytes(), Limits::default()),
            Ok(())
        );
        assert_eq!(refusal(&array(1_001)).1, Rule::Elements);
        let object = |count: usize| {
            let members: Vec<_> = (0..count).map(|i| format!("\"{i}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(
            check_strict(object(1_000).as_bytes(), Limits::default()),
            Ok(())
        );
        assert_eq!(refusal(&object(1_001)).1, Rule::Elements);
    }

    #[test]
    fn ordinary_json_passes() {
        let text = "\n {\"a\": [1, -5, true, null, \"Nộp\\u0020tiền\"], \"b\": {\"a\": {}}} \n";
        assert_eq!(check_strict(text.as_bytes(), Limits::default()), Ok(()));
    }
}
