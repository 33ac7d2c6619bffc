//! Dates of six digits, whose century has to be worked out.

use chrono::{Datelike as _, Months, NaiveDate};

/// The year that the two digits mean in `this_year` (GS1 GS §7.12, figure 7.12-1): more than 50 years ahead it is
/// of the century before, and 50 or more years behind of the next one.
fn year(two_digits: i32, this_year: i32) -> i32 {
    let of_century = this_year.rem_euclid(100);
    let century = this_year.saturating_sub(of_century);
    let century = match two_digits - of_century {
        51.. => century.saturating_sub(100),
        ..=-50 => century.saturating_add(100),
        _ => century,
    };
    century.saturating_add(two_digits)
}

/// Reads `YYMMDD`. The day `00` is the month's last one (GS1 GS §3.4). `None` when there is no such date.
pub(super) fn date(digits: &str, this_year: i32) -> Option<NaiveDate> {
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    let (yy, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    let year = year(i32::try_from(yy).ok()?, this_year);
    match day {
        0 => NaiveDate::from_ymd_opt(year, month, 1)?.checked_add_months(Months::new(1))?.pred_opt(),
        _ => NaiveDate::from_ymd_opt(year, month, day),
    }
    // Beyond the years of four digits nothing is a date on a pack.
    .filter(|date| (0..=9999).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_century_slides_with_the_year() {
        for (two_digits, this_year, expected) in [
            (26, 2026, 2026),
            (76, 2026, 2076),
            (77, 2026, 1977),
            (0, 2026, 2000),
            (0, 2049, 2000),
            (0, 2050, 2100),
            (49, 2099, 2149),
            (50, 2099, 2050),
            (99, 2000, 1999),
            (50, 2000, 2050),
            (51, 2000, 1951),
        ] {
            assert_eq!(year(two_digits, this_year), expected, "{two_digits} in {this_year}");
        }
    }

    #[test]
    fn day_zero_is_the_last_of_the_month() {
        for (digits, expected) in [("280200", "2028-02-29"), ("270200", "2027-02-28"), ("261200", "2026-12-31")] {
            assert_eq!(date(digits, 2026).map(|date| date.to_string()).as_deref(), Some(expected));
        }
    }

    #[test]
    fn dates_that_are_not_in_the_calendar_are_none() {
        for digits in ["270229", "261301", "260001", "260000", "261232", "26123", "2612311", "+61231", ""] {
            assert_eq!(date(digits, 2026), None, "{digits}");
        }
    }

    #[test]
    fn the_ends_of_time_are_no_dates() {
        for this_year in [i32::MIN, i32::MAX, -101, 10_100] {
            assert_eq!(date("771231", this_year), None, "{this_year}");
        }
    }
}
