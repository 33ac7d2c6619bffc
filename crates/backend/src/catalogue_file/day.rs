//! The months of registrations.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::cell::Cell;

/// The years in which a registration can end. The oldest in the register ended in 1973; a registration lasts ten
/// years at most (Law 6.360/1976, as changed by Law 13.097/2015). What is outside is a slip of the pen: the
/// register has `01/05/0200` and one of 2101.
const YEARS: RangeInclusive<i32> = 1950..=2099;

/// The last day of the month in which a registration ends.
///
/// The register names a month: all its dates are of a first day, and since 2026 it writes `mmyyyy`. So both ways
/// of one product give the same day. Nothing where it names no month that can be.
pub(super) fn last_of_month(cell: &Cell) -> Option<NaiveDate> {
    let day = match cell {
        Cell::Day(day) => Some(*day),
        Cell::Number(number) => from_bare_number(*number),
        Cell::Text(text) => from_text(text.trim()),
        Cell::Truth(_) | Cell::Broken => None,
    }?;
    let first = day.with_day(1).filter(|day| YEARS.contains(&day.year()))?;
    first.checked_add_months(Months::new(1))?.pred_opt()
}

fn from_text(text: &str) -> Option<NaiveDate> {
    let is_of_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_of_digits {
        return match text.len() {
            6 => month(text.get(..2)?, text.get(2..)?),
            5 => from_bare_number(text.parse().ok()?),
            _ => None,
        };
    }
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [day, in_month, year] if year.len() == 4 => {
            NaiveDate::from_ymd_opt(year.parse().ok()?, in_month.parse().ok()?, day.parse().ok()?)
        }
        [in_month, year] if year.len() == 4 => month(in_month, year),
        // ISO, perhaps with a time behind it.
        _ => text.get(..10)?.parse().ok(),
    }
}

fn month(month: &str, year: &str) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
}

/// A number without a date's format may be `mmyyyy` that a spreadsheet took for a number, or a date's serial
/// number that lost its format. Where it may be both (42005 is April 2005, and the first of 2015), it is neither.
fn from_bare_number(number: f64) -> Option<NaiveDate> {
    if number.fract() != 0.0 || !(0.0..1_000_000.0).contains(&number) {
        return None;
    }
    let whole = number as i32;
    let may_be = |day: &NaiveDate| YEARS.contains(&day.year());
    let as_month = NaiveDate::from_ymd_opt(whole % 10_000, u32::try_from(whole / 10_000).ok()?, 1).filter(may_be);
    let as_serial = from_serial(number).filter(may_be);
    match (as_month, as_serial) {
        (Some(_), Some(_)) => None,
        (as_month, as_serial) => as_month.or(as_serial),
    }
}

/// Excel counts days so that 1900-03-01 is 61; before that it has a day that never was.
fn from_serial(days: f64) -> Option<NaiveDate> {
    if !(61.0..2_958_466.0).contains(&days) {
        return None;
    }
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        last_of_month(&Cell::Text(text.to_owned())).map(|day| day.to_string())
    }

    #[test]
    fn all_ways_of_one_month_give_its_last_day() {
        for way in ["01/02/2028", "022028", "02/2028", " 2028-02-01", "2028-02-01T00:00:00", "1/2/2028"] {
            assert_eq!(text(way).as_deref(), Some("2028-02-29"), "{way:?}");
        }
        let day = NaiveDate::from_ymd_opt(2028, 2, 1).unwrap();
        assert_eq!(last_of_month(&Cell::Day(day)), NaiveDate::from_ymd_opt(2028, 2, 29));
    }

    #[test]
    fn impossible_days_stay_out() {
        for way in [
            "05/10/0990",
            "01/05/0200",
            "01/09/2101",
            "31/02/2020",
            "132020",
            "00/2020",
            "",
            "x",
            "01/02/28",
            "é1/02/2020",
        ] {
            assert_eq!(text(way), None, "{way:?}");
        }
        for number in [73_659.0, -1.0, 0.0, 60.0, 1e300, f64::NAN] {
            assert_eq!(last_of_month(&Cell::Number(number)), None, "{number}");
        }
    }

    #[test]
    fn a_bare_number_is_read_only_where_it_can_be_one_thing() {
        let number = |number| last_of_month(&Cell::Number(number)).map(|day| day.to_string());
        assert_eq!(number(122_029.0).as_deref(), Some("2029-12-31"));
        assert_eq!(number(38_443.0).as_deref(), Some("2005-04-30"));
        assert_eq!(number(42_005.0), None);
        assert_eq!(number(38_443.5), None);
        assert_eq!(text("38443").as_deref(), Some("2005-04-30"));
    }
}
