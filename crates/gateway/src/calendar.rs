//! The working days: a file of the operator, or the one that is compiled in.

use crate::settings::SettingsError;
use ledger::remit::{Calendar, DayKind};
use payment::BusinessDate;
use std::path::Path;

/// `config/calendar.csv`: the documented file is the one that is compiled in.
pub const DEFAULT: &str = include_str!("../../../config/calendar.csv");
/// The largest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Reads the calendar of `file`, or the default.
///
/// # Errors
/// [`SettingsError`] naming the line that is wrong.
pub fn load(file: Option<&Path>) -> Result<Calendar, SettingsError> {
    let Some(path) = file else {
        return parse(DEFAULT);
    };
    let unreadable = |what: String| SettingsError::wrong("calendar.file", what);
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if size.len() > FILE_BYTES_MAX {
        return Err(unreadable("is larger than 1 MiB".to_owned()));
    }
    parse(&std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?)
}

/// Reads the columns `date`, `kind` (`holiday`, `compensation`, `working`) and `name`.
///
/// # Errors
/// [`SettingsError`] naming the line that is wrong.
pub fn parse(text: &str) -> Result<Calendar, SettingsError> {
    let wrong =
        |line: usize, what: &str| SettingsError::wrong("calendar", format!("line {line}: {what}"));
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut days = Vec::new();
    for (line, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| wrong(line, &error.to_string()))?;
        let day = record.get(0).map(BusinessDate::parse);
        let kind = record.get(1).and_then(DayKind::parse);
        match (day, kind) {
            (Some(Ok(day)), Some(kind)) => days.push((day, kind)),
            (Some(Ok(_)), None) => {
                return Err(wrong(line, "the kind is holiday, compensation or working"));
            }
            _ => return Err(wrong(line, "the date has the form YYYY-MM-DD")),
        }
    }
    Ok(Calendar::new(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_calendar_reads_and_a_wrong_line_is_named() {
        let calendar = load(None).unwrap();
        let day = |text| BusinessDate::parse(text).unwrap();
        assert!(!calendar.is_working(day("2026-09-02")));
        assert!(!calendar.is_working(day("2026-04-27")));
        assert!(calendar.is_working(day("2026-04-28")));
        let error = parse("date,kind,name\n2026-01-01,feast,x\n").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(parse("date,kind,name\n2026-02-30,holiday,x\n").is_err());
    }
}
