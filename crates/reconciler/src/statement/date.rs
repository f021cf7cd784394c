//! Dates and times as Vietnamese banks print them: day before month, year with four digits, Vietnam
//! time.

use payment::{BusinessDate, Timestamp};

/// How much of the time the file says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Precision {
    /// The day only.
    Day,
    /// To the minute or the second.
    Second,
}

impl Precision {
    /// What a stored moment of a statement means: the beginning of a day is the whole day.
    #[must_use]
    pub fn of_statement(at: Timestamp) -> Self {
        if at.business_date().starts_at() == at {
            Self::Day
        } else {
            Self::Second
        }
    }

    /// The text in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Second => "second",
        }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "day" => Some(Self::Day),
            "second" => Some(Self::Second),
            _ => None,
        }
    }
}

/// When the bank booked something. With [`Precision::Day`] the moment is the beginning of that day in
/// Vietnam.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Booked {
    /// The moment, or the beginning of the day.
    pub at: Timestamp,
    /// How much of it is known.
    pub precision: Precision,
}

impl Booked {
    /// A day without a time.
    #[must_use]
    pub fn on(day: BusinessDate) -> Self {
        Self {
            at: day.starts_at(),
            precision: Precision::Day,
        }
    }

    /// The day in Vietnam.
    #[must_use]
    pub fn day(self) -> BusinessDate {
        self.at.business_date()
    }
}

/// Characters of a printed date and time that are looked at.
const TEXT_MAX: usize = 40;

/// Reads a printed date with or without a time; `None` for anything else.
///
/// `dd/mm/yyyy`, `dd-mm-yyyy`, `dd.mm.yyyy`, `yyyy-mm-dd`, `yyyy/mm/dd`, each alone or with `hh:mm` or
/// `hh:mm:ss` behind or before it, and RFC 3339 with an offset.
///
/// ```
/// use reconciler::statement::date::{Precision, printed};
/// let booked = printed("03/11/2025 14:02:37").unwrap();
/// assert_eq!(booked.at.to_string(), "2025-11-03T07:02:37Z");
/// assert_eq!(printed("03-11-2025").unwrap().precision, Precision::Day);
/// assert_eq!(printed("11/13/2025"), None);
/// ```
#[must_use]
pub fn printed(text: &str) -> Option<Booked> {
    let text = text.trim();
    if text.len() < 8 || text.len() > TEXT_MAX {
        return None;
    }
    if let Some(booked) = with_offset(text) {
        return Some(booked);
    }
    let mut day = None;
    let mut seconds = None;
    for word in text.split(|c: char| {
        c.is_whitespace() || c == '\u{a0}' || c == 'T' || c == '-' && text.contains(" - ")
    }) {
        if word.is_empty() {
            continue;
        }
        if word.contains(':') {
            if seconds.replace(clock(word)?).is_some() {
                return None;
            }
        } else if day.replace(calendar(word)?).is_some() {
            return None;
        }
    }
    let on = Booked::on(day?);
    Some(match seconds {
        // A time of midnight is what workbooks and exports print when they know the day only.
        None | Some(0) => on,
        Some(seconds) => Booked {
            at: on.at.plus_seconds(seconds),
            precision: Precision::Second,
        },
    })
}

/// RFC 3339 with an offset: exports of interfaces, and camt.
fn with_offset(text: &str) -> Option<Booked> {
    if text.len() < 20 || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    Timestamp::parse_rfc3339(text).ok().map(|at| Booked {
        at,
        precision: Precision::Second,
    })
}

fn calendar(word: &str) -> Option<BusinessDate> {
    let mut parts = word.split(['/', '-', '.']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if a.len() == 4 {
        from_parts(a, b, c)
    } else if c.len() == 4 {
        from_parts(c, b, a)
    } else {
        None
    }
}

/// The date of a workbook's day number (1 is 1 January 1900, with the 29 February 1900 that never was)
/// as `yyyy-mm-dd hh:mm:ss`. Read as digits: a time is never a float.
#[must_use]
pub fn serial(text: &str) -> Option<String> {
    const DAY_SECONDS: i64 = 86_400;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let days = digits(whole, 1, 6)?;
    // 1990-01-01 to 2199-12-31, as for printed dates.
    if !(32_874..=109_574).contains(&days) {
        return None;
    }
    let kept = fraction.get(..fraction.len().min(9))?;
    let part = if kept.is_empty() {
        0
    } else {
        digits(kept, 1, 9)?
    };
    let scale = 10_i64.checked_pow(u32::try_from(kept.len()).ok()?)?;
    // Rounded to the second: a workbook's fraction is never exact.
    let seconds = (part * DAY_SECONDS + scale / 2) / scale;
    let epoch = from_parts_unchecked(18_991_230)?;
    let day = epoch.plus_days(i32::try_from(days).ok()?);
    Some(day.starts_at().plus_seconds(seconds).vietnam_local())
}

fn from_parts_unchecked(number: i64) -> Option<BusinessDate> {
    BusinessDate::from_number(number).ok()
}

/// The day of these digits, if the calendar has it.
pub(crate) fn from_parts(year: &str, month: &str, day: &str) -> Option<BusinessDate> {
    let year = digits(year, 4, 4)?;
    let number = year * 10_000 + digits(month, 1, 2)? * 100 + digits(day, 1, 2)?;
    // A statement of another century is a misread column.
    if !(1990..=2199).contains(&year) {
        return None;
    }
    BusinessDate::from_number(number).ok()
}

/// Seconds since midnight.
fn clock(word: &str) -> Option<i64> {
    let mut parts = word.split(':');
    let hours = digits(parts.next()?, 1, 2)?;
    let minutes = digits(parts.next()?, 2, 2)?;
    let seconds = match parts.next() {
        None => 0,
        // Fractions of a second are dropped: no bank orders by them.
        Some(text) => digits(text.split('.').next()?, 2, 2)?,
    };
    let fits = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    fits.then_some(hours * 3600 + minutes * 60 + seconds)
}

fn digits(text: &str, least: usize, most: usize) -> Option<i64> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_forms_that_banks_print_read_as_the_same_moment() {
        let moment = Timestamp::parse_rfc3339("2025-11-03T14:02:37+07:00").unwrap();
        for text in [
            "03/11/2025 14:02:37",
            "3/11/2025 14:02:37",
            "03-11-2025 14:02:37",
            "2025-11-03 14:02:37",
            "2025-11-03T14:02:37",
            "03/11/2025\n14:02:37",
            "14:02:37 03/11/2025",
            "03/11/2025 - 14:02:37",
            "2025-11-03T14:02:37+07:00",
            "2025-11-03T07:02:37Z",
            "03.11.2025 14:02:37",
            "2025/11/03 14:02:37.123",
        ] {
            let booked = printed(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                booked,
                Booked {
                    at: moment,
                    precision: Precision::Second
                },
                "{text}"
            );
        }
        for text in [
            "03/11/2025",
            "2025-11-03",
            " 03-11-2025 ",
            "2025-11-03 00:00:00",
        ] {
            let booked = printed(text).unwrap();
            assert_eq!(booked.day().to_string(), "2025-11-03", "{text}");
            assert_eq!(booked.precision, Precision::Day, "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_no_date() {
        for text in [
            "",
            "Tổng cộng",
            "31/02/2025",
            "13/13/2025",
            "03/11/25",
            "2025",
            "1.500.000",
            "11/2025",
            "03/11/2025 25:00:00",
            "03/11/2025 03/11/2025",
            "20251103",
            "03/11/0025",
            "5161.22470",
        ] {
            assert_eq!(printed(text), None, "{text}");
        }
    }

    #[test]
    fn the_day_numbers_of_workbooks_are_dates() {
        // 45964 is 3 November 2025 in every spreadsheet; 0.585150463 of a day is 14:02:37.
        assert_eq!(serial("45964").as_deref(), Some("2025-11-03 00:00:00"));
        assert_eq!(
            serial("45964.585150463").as_deref(),
            Some("2025-11-03 14:02:37")
        );
        assert_eq!(
            serial("45964.99999999999").as_deref(),
            Some("2025-11-04 00:00:00")
        );
        for text in ["", "0", "1500000", "45964.5x", "-45964", "4.5E4"] {
            assert_eq!(serial(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text in "\\PC{0,44}") {
            let _ = printed(&text);
        }

        #[test]
        fn every_printed_moment_reads_back(seconds in 631_200_000i64..4_000_000_000) {
            let at = Timestamp::from_seconds(seconds);
            let local = at.vietnam_local();
            let booked = printed(&local).unwrap();
            prop_assert_eq!(booked.at, at);
            let (day, time) = local.split_once(' ').unwrap();
            let parts: Vec<&str> = day.split('-').collect();
            let printed_day = format!("{}/{}/{} {time}", parts[2], parts[1], parts[0]);
            prop_assert_eq!(printed(&printed_day).unwrap().at, at);
        }
    }
}
