//! Text from outside: what may enter, and in which form.

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing is left after trimming.
    #[error("the text is empty")]
    Empty,
    /// Longer than the field takes.
    #[error("the text has {length} characters; at most {max} fit")]
    TooLong {
        /// How many characters it has.
        length: usize,
        /// How many fit.
        max: usize,
    },
    /// A character that must not enter: a control, a direction override, a zero-width character.
    #[error("character {position} (U+{code:04X}) is not allowed")]
    Forbidden {
        /// Which character, counted from 1.
        position: usize,
        /// Its code point.
        code: u32,
    },
}

/// Trims `text` and checks that it is plain text of 1 to `max` characters.
///
/// Controls, bidirectional overrides and zero-width characters are refused rather than dropped:
/// they let a name look like another on a screen.
///
/// # Errors
/// [`TextError`] says what is wrong and where.
pub fn plain(text: &str, max: usize) -> Result<String, TextError> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(TextError::Empty);
    }
    let length = trimmed.chars().count();
    if length > max {
        return Err(TextError::TooLong { length, max });
    }
    match trimmed.chars().position(is_forbidden) {
        Some(index) => Err(TextError::Forbidden {
            position: index + 1,
            code: trimmed.chars().nth(index).map_or(0, u32::from),
        }),
        None => Ok(trimmed.to_owned()),
    }
}

/// Whether a character could hide or reorder the text around it.
#[must_use]
pub fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// `text` without the characters that [`plain`] refuses: for what a bank sent, which must be shown
/// whatever it holds. The raw bytes stay in the stored callback.
#[must_use]
pub fn for_display(text: &str) -> String {
    text.chars()
        .map(|character| {
            if is_forbidden(character) {
                ' '
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_override_in_a_name_is_refused_with_its_position() {
        assert_eq!(
            plain("Nguyễn\u{202E}Văn", 50),
            Err(TextError::Forbidden {
                position: 7,
                code: 0x202E
            })
        );
        assert_eq!(plain("   ", 50), Err(TextError::Empty));
        assert_eq!(
            plain("abcd", 3),
            Err(TextError::TooLong { length: 4, max: 3 })
        );
        assert_eq!(plain(" Trần Thị Ví Dụ ", 50).unwrap(), "Trần Thị Ví Dụ");
    }
}
