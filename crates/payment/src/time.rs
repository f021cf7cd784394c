//! Time as a value.
//!
//! UTC microseconds in storage; business days in Vietnam. Nothing here reads a clock.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Vietnam has been UTC+07:00 without daylight saving since 13 June 1975, so a fixed offset is exact
/// for every date that this software can meet, and no time-zone database is needed.
const VIETNAM: Offset = Offset::constant(7);

/// A moment: microseconds since 1970-01-01T00:00:00Z. Shown as RFC 3339 in UTC.
///
/// ```
/// use payment::Timestamp;
/// let booked = Timestamp::parse_vietnam_local("2025-11-03 14:02:37")?;
/// assert_eq!(booked.to_string(), "2025-11-03T07:02:37Z");
/// # Ok::<(), payment::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(i64);

/// A text that is not a moment or a day, or a number outside the years that can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct TimeError {
    /// The form that was needed.
    pub expected: &'static str,
}

impl Timestamp {
    /// 0001-01-01T00:00:00Z: the first moment that RFC 3339 and both databases can hold.
    const MIN_MICROS: i64 = -62_135_596_800_000_000;
    /// 9999-12-30T22:00:00Z: the last second that jiff can hold in every zone.
    const MAX_MICROS: i64 = 253_402_207_200_000_000;

    /// The moment `micros` microseconds after 1970-01-01T00:00:00Z; a number outside the years 1 to
    /// 9999 becomes the nearest moment inside.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN_MICROS {
            Self(Self::MIN_MICROS)
        } else if micros > Self::MAX_MICROS {
            Self(Self::MAX_MICROS)
        } else {
            Self(micros)
        }
    }

    /// The moment `seconds` seconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The moment `seconds` later (earlier when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Reads an RFC 3339 date-time with an offset, for example `2026-11-22T09:30:00+07:00`.
    ///
    /// # Errors
    /// [`TimeError`] for anything else; a time without an offset is refused, not guessed.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::Timestamp>()
            .map(|moment| Self::from_micros(moment.as_microsecond()))
            .map_err(|_| TimeError {
                expected: "an RFC 3339 date-time with an offset, such as 2026-11-22T09:30:00+07:00",
            })
    }

    /// Reads `YYYY-MM-DD HH:mm:ss` as Vietnam time, the form of SePay, Casso and payOS
    /// (a time without a zone is Vietnam time).
    ///
    /// # Errors
    /// [`TimeError`] for anything else.
    pub fn parse_vietnam_local(text: &str) -> Result<Self, TimeError> {
        let wrong = TimeError {
            expected: "a Vietnam time of the form YYYY-MM-DD HH:mm:ss",
        };
        // jiff reads many forms; only this one is in the contract.
        if text.len() != 19 || text.as_bytes().get(10) != Some(&b' ') {
            return Err(wrong);
        }
        let local: jiff::civil::DateTime = text.parse().map_err(|_| wrong.clone())?;
        VIETNAM
            .to_timestamp(local)
            .map(|moment| Self::from_micros(moment.as_microsecond()))
            .map_err(|_| wrong)
    }

    /// The moment as `YYYY-MM-DD HH:mm:ss` in Vietnam.
    #[must_use]
    pub fn vietnam_local(self) -> String {
        self.in_vietnam().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The moment for people: `HH:mm:ss dd/mm/yyyy` in Vietnam.
    #[must_use]
    pub fn vietnam_display(self) -> String {
        self.in_vietnam().strftime("%H:%M:%S %d/%m/%Y").to_string()
    }

    /// The business day that the moment falls on.
    #[must_use]
    pub fn business_date(self) -> BusinessDate {
        BusinessDate(self.in_vietnam().date())
    }

    fn in_vietnam(self) -> jiff::Zoned {
        self.as_jiff().to_zoned(TimeZone::fixed(VIETNAM))
    }

    fn as_jiff(self) -> jiff::Timestamp {
        // The constructor keeps the number within jiff's range, so the fallback is never reached.
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_jiff(), f)
    }
}

/// An RFC 3339 string in UTC.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An RFC 3339 string with an offset.
impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).map_err(serde::de::Error::custom)
    }
}

/// A calendar day in Vietnam: the unit of collection lists, periods and statements.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BusinessDate(Date);

impl BusinessDate {
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`TimeError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let wrong = TimeError {
            expected: "a day of the form YYYY-MM-DD",
        };
        if text.len() != 10 {
            return Err(wrong);
        }
        text.parse::<Date>().map(Self).map_err(|_| wrong)
    }

    /// The day as a number `yyyymmdd`, the form in which it is stored and sorted.
    #[must_use]
    pub fn as_number(self) -> i64 {
        i64::from(self.0.year()) * 10_000
            + i64::from(self.0.month()) * 100
            + i64::from(self.0.day())
    }

    /// The day of the number `yyyymmdd`.
    ///
    /// # Errors
    /// [`TimeError`] when there is no such day.
    pub fn from_number(number: i64) -> Result<Self, TimeError> {
        let wrong = TimeError {
            expected: "a day of the form yyyymmdd",
        };
        let part = |value: i64| i8::try_from(value).map_err(|_| wrong.clone());
        let year = i16::try_from(number / 10_000).map_err(|_| wrong.clone())?;
        Date::new(year, part(number / 100 % 100)?, part(number % 100)?)
            .map(Self)
            .map_err(|_| wrong)
    }

    /// `dd/mm/yyyy`, the form for people.
    #[must_use]
    pub fn vietnam_display(self) -> String {
        self.0.strftime("%d/%m/%Y").to_string()
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the week: 1 is Monday, 7 is Sunday.
    #[must_use]
    pub fn iso_weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// The day `days` later (earlier when negative); the last day that can be written beyond it.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(days)))
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The last day of its month.
    #[must_use]
    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }

    /// The moment at which the day begins in Vietnam.
    #[must_use]
    pub fn starts_at(self) -> Timestamp {
        VIETNAM
            .to_timestamp(self.0.to_datetime(jiff::civil::Time::midnight()))
            .map_or(Timestamp(Timestamp::MIN_MICROS), |moment| {
                Timestamp::from_micros(moment.as_microsecond())
            })
    }
}

/// `YYYY-MM-DD`.
impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A `YYYY-MM-DD` string.
impl Serialize for BusinessDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A `YYYY-MM-DD` string.
impl<'de> Deserialize<'de> for BusinessDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_payment_after_17_utc_belongs_to_the_next_business_day() {
        let before = Timestamp::parse_rfc3339("2026-12-31T16:59:59Z").unwrap();
        let after = Timestamp::parse_rfc3339("2026-12-31T17:00:00Z").unwrap();
        assert_eq!(before.business_date().to_string(), "2026-12-31");
        assert_eq!(after.business_date().to_string(), "2027-01-01");
        assert_eq!(after.business_date().as_number(), 20_270_101);
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        assert!(Timestamp::parse_rfc3339("2026-12-31T16:59:59").is_err());
        assert!(Timestamp::parse_vietnam_local("2026-12-31T16:59:59").is_err());
        assert!(Timestamp::parse_vietnam_local("2026-13-31 16:59:59").is_err());
    }

    #[test]
    fn a_day_knows_its_week_its_month_and_its_first_moment() {
        let day = BusinessDate::parse("2028-02-29").unwrap();
        assert_eq!((day.year(), day.month(), day.day()), (2028, 2, 29));
        assert_eq!(day.iso_weekday(), 2);
        assert_eq!(day.plus_days(1).to_string(), "2028-03-01");
        assert_eq!(day.plus_days(-29).to_string(), "2028-01-31");
        assert_eq!(day.first_of_month().to_string(), "2028-02-01");
        assert_eq!(day.plus_days(-1).last_of_month().to_string(), "2028-02-29");
        assert_eq!(day.starts_at().to_string(), "2028-02-28T17:00:00Z");
        assert_eq!(day.starts_at().business_date(), day);
    }

    #[test]
    fn the_extremes_can_be_written_and_read_back() {
        for micros in [i64::MIN, i64::MAX] {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(
                Timestamp::parse_rfc3339(&moment.to_string()).unwrap(),
                moment
            );
            let _ = moment.business_date().as_number();
        }
    }

    proptest! {
        #[test]
        fn a_moment_written_as_rfc_3339_reads_back_the_same(micros in -60_000_000_000_000_000i64..250_000_000_000_000_000) {
            let moment = Timestamp::from_micros(micros);
            prop_assert_eq!(Timestamp::parse_rfc3339(&moment.to_string()).unwrap(), moment);
            let date = moment.business_date();
            prop_assert_eq!(BusinessDate::from_number(date.as_number()).unwrap(), date);
            prop_assert_eq!(BusinessDate::parse(&date.to_string()).unwrap(), date);
        }
    }
}
