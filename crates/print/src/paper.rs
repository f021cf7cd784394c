//! Sheets.

use crate::geometry::Length;
use std::fmt;
use std::str::FromStr;

/// A sheet of ISO 216, upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 148 × 210 mm.
    A5,
    /// 105 × 148 mm.
    A6,
}

impl Paper {
    /// Every sheet, the largest first.
    pub const ALL: [Self; 3] = [Self::A4, Self::A5, Self::A6];

    /// The shorter edge.
    #[must_use]
    pub const fn width(self) -> Length {
        Length::millimetres(match self {
            Self::A4 => 210,
            Self::A5 => 148,
            Self::A6 => 105,
        })
    }

    /// The longer edge.
    #[must_use]
    pub const fn height(self) -> Length {
        Length::millimetres(match self {
            Self::A4 => 297,
            Self::A5 => 210,
            Self::A6 => 148,
        })
    }

    /// Its name in small letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A5 => "a5",
            Self::A6 => "a6",
        }
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Paper {
    type Err = &'static str;

    /// Reads `a4`, `a5` or `a6`, whatever the case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |paper: &Self| paper.as_str().eq_ignore_ascii_case(text);
        Self::ALL
            .into_iter()
            .find(named)
            .ok_or("must be a4, a5 or a6")
    }
}
