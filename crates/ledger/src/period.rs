//! Days, months, quarters and years of the books.

use payment::{BusinessDate, TimeError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// How long a period is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// A business day in Vietnam.
    Day,
    /// A calendar month.
    Month,
    /// Three months, from January on.
    Quarter,
    /// A calendar year.
    Year,
}

impl PeriodKind {
    /// The text in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Day, Self::Month, Self::Quarter, Self::Year]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A period: its kind and its first day. Written `2026-11-22`, `2026-11`, `2026-Q4` or `2026`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Period {
    kind: PeriodKind,
    starts_on: BusinessDate,
}

impl Period {
    /// The period of a kind in which `day` lies.
    #[must_use]
    pub fn containing(kind: PeriodKind, day: BusinessDate) -> Self {
        let months_back = match kind {
            PeriodKind::Day => {
                return Self {
                    kind,
                    starts_on: day,
                };
            }
            PeriodKind::Month => 0,
            PeriodKind::Quarter => (day.month() - 1) % 3,
            PeriodKind::Year => day.month() - 1,
        };
        let starts_on = (0..months_back).fold(day.first_of_month(), |first, _| {
            first.plus_days(-1).first_of_month()
        });
        Self { kind, starts_on }
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// [`TimeError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let wrong = TimeError {
            expected: "a period: YYYY-MM-DD, YYYY-MM, YYYY-Qn or YYYY",
        };
        let day = |text: &str| BusinessDate::parse(text).map_err(|_| wrong.clone());
        match (text.len(), text.split_once("-Q")) {
            (10, _) => Ok(Self::containing(PeriodKind::Day, day(text)?)),
            (7, Some((year, quarter @ ("1" | "2" | "3" | "4")))) => {
                let month = match quarter {
                    "1" => "01",
                    "2" => "04",
                    "3" => "07",
                    _ => "10",
                };
                let first = day(&format!("{year}-{month}-01"))?;
                Ok(Self::containing(PeriodKind::Quarter, first))
            }
            (7, None) => Ok(Self::containing(
                PeriodKind::Month,
                day(&format!("{text}-01"))?,
            )),
            (4, _) => Ok(Self::containing(
                PeriodKind::Year,
                day(&format!("{text}-01-01"))?,
            )),
            _ => Err(wrong),
        }
    }

    /// How long it is.
    #[must_use]
    pub const fn kind(self) -> PeriodKind {
        self.kind
    }

    /// The first day.
    #[must_use]
    pub const fn starts_on(self) -> BusinessDate {
        self.starts_on
    }

    /// The last day.
    #[must_use]
    pub fn ends_on(self) -> BusinessDate {
        let months = match self.kind {
            PeriodKind::Day => return self.starts_on,
            PeriodKind::Month => 1,
            PeriodKind::Quarter => 3,
            PeriodKind::Year => 12,
        };
        (1..months).fold(self.starts_on.last_of_month(), |last, _| {
            last.plus_days(1).last_of_month()
        })
    }

    /// What people read: "Tháng 11 năm 2026".
    #[must_use]
    pub fn vietnamese(self) -> String {
        let (year, month) = (self.starts_on.year(), self.starts_on.month());
        match self.kind {
            PeriodKind::Day => format!("Ngày {}", self.starts_on.vietnam_display()),
            PeriodKind::Month => format!("Tháng {month:02} năm {year}"),
            PeriodKind::Quarter => format!("Quý {} năm {year}", (month - 1) / 3 + 1),
            PeriodKind::Year => format!("Năm {year}"),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.starts_on.year(), self.starts_on.month());
        match self.kind {
            PeriodKind::Day => write!(f, "{}", self.starts_on),
            PeriodKind::Month => write!(f, "{year:04}-{month:02}"),
            PeriodKind::Quarter => write!(f, "{year:04}-Q{}", (month - 1) / 3 + 1),
            PeriodKind::Year => write!(f, "{year:04}"),
        }
    }
}

/// A string.
impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A string.
impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_written_reads_back_with_its_first_and_last_day() {
        for (text, first, last, vietnamese) in [
            ("2026-11-22", "2026-11-22", "2026-11-22", "Ngày 22/11/2026"),
            ("2028-02", "2028-02-01", "2028-02-29", "Tháng 02 năm 2028"),
            ("2026-Q4", "2026-10-01", "2026-12-31", "Quý 4 năm 2026"),
            ("2026-Q1", "2026-01-01", "2026-03-31", "Quý 1 năm 2026"),
            ("2026", "2026-01-01", "2026-12-31", "Năm 2026"),
        ] {
            let period = Period::parse(text).unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(period.starts_on().to_string(), first);
            assert_eq!(period.ends_on().to_string(), last);
            assert_eq!(period.vietnamese(), vietnamese);
        }
        for bad in [
            "",
            "2026-13",
            "2026-Q5",
            "2026-Q0",
            "26",
            "2026-11-31",
            "abcd",
        ] {
            assert!(Period::parse(bad).is_err(), "{bad}");
        }
        let day = BusinessDate::parse("2026-12-05").unwrap();
        let quarter = Period::containing(PeriodKind::Quarter, day);
        assert_eq!(quarter.to_string(), "2026-Q4");
    }
}
