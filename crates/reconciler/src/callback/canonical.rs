//! Compact JSON with sorted members, in the spellings of several languages' libraries.
//!
//! A signature over "the same JSON, sorted" is over bytes all the same, and libraries spell texts
//! differently. Each spelling is a row here; whoever verifies tries the rows.

use serde_json::Value;
use std::fmt::Write as _;

/// How a library writes texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling {
    /// Everything outside ASCII as `\uXXXX`.
    ascii_only: bool,
    /// DEL as `\u007f`.
    escapes_delete: bool,
    /// `/` as `\/`.
    escapes_slash: bool,
    /// `<`, `>`, `&` as `\u003c`…, and the line separators U+2028 and U+2029.
    escapes_html: bool,
    /// Backspace and form feed as `\b` and `\f`, not `\u0008` and `\u000c`.
    short_forms: bool,
}

const PLAIN: Spelling = Spelling {
    ascii_only: false,
    escapes_delete: false,
    escapes_slash: false,
    escapes_html: false,
    short_forms: true,
};

/// `JSON.stringify` of JavaScript: texts as they are.
pub(super) const JAVASCRIPT: Spelling = PLAIN;
/// `json.dumps` of Python as it comes.
pub(super) const PYTHON: Spelling = Spelling {
    ascii_only: true,
    escapes_delete: true,
    ..PLAIN
};
/// `json_encode` of PHP as it comes.
pub(super) const PHP: Spelling = Spelling {
    ascii_only: true,
    escapes_slash: true,
    ..PLAIN
};
/// `encoding/json` of Go since 1.22.
pub(super) const GO: Spelling = Spelling {
    escapes_html: true,
    ..PLAIN
};
/// `encoding/json` of Go before 1.22.
pub(super) const GO_OLD: Spelling = Spelling {
    escapes_html: true,
    short_forms: false,
    ..PLAIN
};

/// The value in this spelling, members sorted by name at every level.
pub(super) fn write(value: &Value, spelling: Spelling) -> String {
    let mut out = String::new();
    write_into(&mut out, value, spelling);
    out
}

fn write_into(out: &mut String, value: &Value, spelling: Spelling) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{number}");
        }
        Value::String(text) => write_text(out, text, spelling),
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_into(out, element, spelling);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_str());
            out.push('{');
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(out, name, spelling);
                out.push(':');
                write_into(out, member, spelling);
            }
            out.push('}');
        }
    }
}

fn write_text(out: &mut String, text: &str, spelling: Spelling) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' if spelling.short_forms => out.push_str("\\b"),
            '\u{c}' if spelling.short_forms => out.push_str("\\f"),
            '/' if spelling.escapes_slash => out.push_str("\\/"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if spelling.escapes_html => {
                escape(out, letter)
            }
            '\u{7f}' if spelling.escapes_delete => escape(out, letter),
            '\0'..='\u{1f}' => escape(out, letter),
            _ if spelling.ascii_only && !letter.is_ascii() => escape(out, letter),
            _ => out.push(letter),
        }
    }
    out.push('"');
}

/// `\uXXXX`, two of them beyond U+FFFF.
fn escape(out: &mut String, letter: char) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_library_spells_one_text_in_its_own_way() {
        let value = json!({"b": [1, null, true], "a": "ộ/<&>\u{7f}\u{8}\n\u{1}😀\u{2028}"});
        let table = [
            (JAVASCRIPT, "ộ/<&>\u{7f}\\b\\n\\u0001😀\u{2028}"),
            (
                PYTHON,
                "\\u1ed9/<&>\\u007f\\b\\n\\u0001\\ud83d\\ude00\\u2028",
            ),
            (PHP, "\\u1ed9\\/<&>\u{7f}\\b\\n\\u0001\\ud83d\\ude00\\u2028"),
            (GO, "ộ/\\u003c\\u0026\\u003e\u{7f}\\b\\n\\u0001😀\\u2028"),
            (
                GO_OLD,
                "ộ/\\u003c\\u0026\\u003e\u{7f}\\u0008\\n\\u0001😀\\u2028",
            ),
        ];
        for (spelling, text) in table {
            let expected = format!("{{\"a\":\"{text}\",\"b\":[1,null,true]}}");
            assert_eq!(write(&value, spelling), expected);
        }
    }

    #[test]
    fn whatever_the_spelling_it_reads_back_as_the_same_value() {
        let value =
            json!({"x": "Nộp \"phí\" \\ / < > & \u{7f}\u{8}\u{c}\t😀", "y": {"b": -1, "a": []}});
        for spelling in [JAVASCRIPT, PYTHON, PHP, GO, GO_OLD] {
            let text = write(&value, spelling);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
