//! By when money must be passed on, and which days are working days.

use payment::BusinessDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// How often an item's money is passed on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Rhythm {
    /// By this day of the next month.
    MonthlyBy(i8),
    /// Declared to the tax authority every month: by the 20th of the next one (Luật Quản lý thuế
    /// 38/2019/QH14 art. 44.1).
    MonthlyDeclared,
    /// By this day (1 is Monday) of the week after.
    WeeklyBy(i8),
    /// Within so many working days after the last day of the period: to the superior office, and from
    /// there on.
    Workdays(u8, u8),
    /// A rule in words; no deadline is computed.
    InWords(String),
    /// Nothing is said.
    #[default]
    Unstated,
}

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const DECLARED_BY: i8 = 20;

impl Rhythm {
    /// Reads `monthly:5`, `monthly:declare`, `weekly:Thursday`, `workdays:3+2`, or a rule in words.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let known = match text.split_once(':') {
            Some(("monthly", "declare")) => Some(Self::MonthlyDeclared),
            Some(("monthly", day)) => day
                .parse()
                .ok()
                .filter(|day| (1..=28).contains(day))
                .map(Self::MonthlyBy),
            Some(("weekly", day)) => (1i8..)
                .zip(WEEKDAYS)
                .find(|(_, name)| *name == day)
                .map(|(number, _)| Self::WeeklyBy(number)),
            Some(("workdays", days)) => {
                let (first, second) = days.split_once('+').unwrap_or((days, "0"));
                match (first.parse::<u8>(), second.parse::<u8>()) {
                    (Ok(first @ 0..=30), Ok(second @ 0..=30)) => {
                        Some(Self::Workdays(first, second))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        known.unwrap_or_else(|| {
            if text.is_empty() {
                Self::Unstated
            } else {
                Self::InWords(text.to_owned())
            }
        })
    }

    /// The last day for what was collected in a period that ended on `period_end`; the next working day
    /// when it falls on a day off. Nothing when no rule computes it.
    #[must_use]
    pub fn deadline(&self, period_end: BusinessDate, calendar: &Calendar) -> Option<BusinessDate> {
        let next_month = period_end.last_of_month().plus_days(1);
        match self {
            Self::MonthlyBy(day) => {
                let due = next_month.plus_days(i32::from(*day) - 1);
                Some(calendar.working_day_from(due))
            }
            Self::MonthlyDeclared => {
                let due = next_month.plus_days(i32::from(DECLARED_BY) - 1);
                Some(calendar.working_day_from(due))
            }
            Self::WeeklyBy(weekday) => {
                let to_next_monday = 8 - i32::from(period_end.iso_weekday());
                let due = period_end.plus_days(to_next_monday + i32::from(*weekday) - 1);
                Some(calendar.working_day_from(due))
            }
            Self::Workdays(first, second) => {
                let days = u16::from(*first) + u16::from(*second);
                Some(calendar.working_days_after(period_end, days))
            }
            Self::InWords(_) | Self::Unstated => None,
        }
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MonthlyBy(day) => write!(f, "monthly:{day}"),
            Self::MonthlyDeclared => f.write_str("monthly:declare"),
            Self::WeeklyBy(day) => {
                let name = usize::try_from(*day)
                    .ok()
                    .and_then(|day| WEEKDAYS.get(day.wrapping_sub(1)))
                    .unwrap_or(&"Monday");
                write!(f, "weekly:{name}")
            }
            Self::Workdays(first, second) => write!(f, "workdays:{first}+{second}"),
            Self::InWords(text) => f.write_str(text),
            Self::Unstated => Ok(()),
        }
    }
}

/// A string.
impl Serialize for Rhythm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A string.
impl<'de> Deserialize<'de> for Rhythm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

/// What makes a day different from its weekday.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DayKind {
    /// A public holiday (Bộ luật Lao động 2019 art. 112).
    Holiday,
    /// A day off for a holiday that fell on a weekend.
    Compensation,
    /// A weekend day that is worked, swapped for another day.
    Working,
}

impl DayKind {
    /// Reads `holiday`, `compensation` or `working`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "holiday" => Some(Self::Holiday),
            "compensation" => Some(Self::Compensation),
            "working" => Some(Self::Working),
            _ => None,
        }
    }
}

/// The days that differ from their weekdays: data, because the Prime Minister fixes some each year.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar(BTreeMap<BusinessDate, DayKind>);

/// No holiday lasts longer; a calendar that says so is not believed.
const LONGEST_REST: i32 = 60;

impl Calendar {
    /// The calendar of these days.
    #[must_use]
    pub fn new(days: impl IntoIterator<Item = (BusinessDate, DayKind)>) -> Self {
        Self(days.into_iter().collect())
    }

    /// Whether offices and banks work.
    #[must_use]
    pub fn is_working(&self, day: BusinessDate) -> bool {
        match self.0.get(&day) {
            Some(DayKind::Holiday | DayKind::Compensation) => false,
            Some(DayKind::Working) => true,
            None => day.iso_weekday() <= 5,
        }
    }

    /// `day`, or the next working day after it.
    #[must_use]
    pub fn working_day_from(&self, day: BusinessDate) -> BusinessDate {
        (0..LONGEST_REST)
            .map(|days| day.plus_days(days))
            .find(|day| self.is_working(*day))
            .unwrap_or(day)
    }

    /// The working day `count` working days after `day`.
    #[must_use]
    pub fn working_days_after(&self, day: BusinessDate, count: u16) -> BusinessDate {
        (0..count).fold(day, |day, _| self.working_day_from(day.plus_days(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDate {
        BusinessDate::parse(text).unwrap()
    }

    fn deadline(rhythm: &str, period_end: &str, calendar: &Calendar) -> Option<String> {
        Rhythm::parse(rhythm)
            .deadline(day(period_end), calendar)
            .map(|day| day.to_string())
    }

    #[test]
    fn a_rhythm_written_reads_back() {
        for text in [
            "monthly:5",
            "monthly:declare",
            "weekly:Thursday",
            "workdays:3+2",
            "per Thông tư 74/2022",
            "",
        ] {
            assert_eq!(Rhythm::parse(text).to_string(), text);
        }
        assert_eq!(
            Rhythm::parse("monthly:31"),
            Rhythm::InWords("monthly:31".to_owned())
        );
    }

    #[test]
    fn a_deadline_on_a_day_off_moves_to_the_next_working_day() {
        let plain = Calendar::default();
        // 5 December 2026 is a Saturday.
        assert_eq!(
            deadline("monthly:5", "2026-11-30", &plain).as_deref(),
            Some("2026-12-07")
        );
        assert_eq!(
            deadline("monthly:5", "2026-12-31", &plain).as_deref(),
            Some("2027-01-05")
        );
        // Sunday 20 December 2026.
        assert_eq!(
            deadline("monthly:declare", "2026-11-30", &plain).as_deref(),
            Some("2026-12-21")
        );
        // The week of Sunday 22 November 2026 is due on Thursday the 26th.
        assert_eq!(
            deadline("weekly:Thursday", "2026-11-22", &plain).as_deref(),
            Some("2026-11-26")
        );
        assert_eq!(
            deadline("weekly:Monday", "2026-11-16", &plain).as_deref(),
            Some("2026-11-23")
        );
        // Friday 20 November: 23, 24, 25, 26, 27.
        assert_eq!(
            deadline("workdays:3+2", "2026-11-20", &plain).as_deref(),
            Some("2026-11-27")
        );
        assert_eq!(deadline("tax authority", "2026-11-20", &plain), None);
    }

    #[test]
    fn a_holiday_is_no_working_day_and_a_swapped_saturday_is_one() {
        let calendar = Calendar::new([
            (day("2026-04-30"), DayKind::Holiday),
            (day("2026-05-01"), DayKind::Holiday),
            (day("2026-05-04"), DayKind::Compensation),
            (day("2026-05-09"), DayKind::Working),
        ]);
        assert_eq!(
            calendar.working_days_after(day("2026-04-29"), 1),
            day("2026-05-05")
        );
        assert!(calendar.is_working(day("2026-05-09")));
        assert!(!calendar.is_working(day("2026-05-10")));
        assert_eq!(
            deadline("workdays:5", "2026-05-04", &calendar).as_deref(),
            Some("2026-05-09")
        );
    }
}
