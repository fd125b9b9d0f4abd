//! Dates: moved by a number of days that depends on whose date it is, so that what lies between two dates of a person
//! stays as long as it was.

use crate::keyed::Keyed;

/// How far a date is moved at most, in days.
const FARTHEST: u128 = 183;

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    /// Where year, month and day stand among the three numbers.
    order: [Part; 3],
    separator: Option<char>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
}

use Part::{Day, Month, Year};

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

/// Moves the date that a text begins with; the rest, such as a time of day, stays. `whose` is what the number of days
/// depends on. Nothing if it begins with no date.
pub(super) fn moved(keyed: &Keyed, text: &str, whose: &str, day_first: bool) -> Option<String> {
    let number = keyed.number("date", &[whose.as_bytes()]) % (2 * FARTHEST);
    let number = i64::try_from(number).ok()? - i64::try_from(FARTHEST).ok()?;
    let days = if number >= 0 { number + 1 } else { number };
    let end = text.find(|c: char| !c.is_ascii_digit() && !"-/.".contains(c)).unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(end)?;
    let (date, dot) = date.strip_suffix('.').map_or((date, ""), |date| (date, "."));
    let (form, lengths, old) = read(date, day_first)?;
    let new = from_number(to_number(old) + days);
    Some(format!("{}{dot}{rest}", write(form, lengths, new)?))
}

/// Whether a text begins with a date.
pub(super) fn is_date(text: &str, day_first: bool) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && !"-/.".contains(c)).unwrap_or(text.len());
    text.get(..end).is_some_and(|date| read(date, day_first).is_some())
}

/// The first two numbers of a date that begins with no year: what tells which of them is the day.
pub(super) fn leading_numbers(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(['-', '/', '.']);
    let (first, second) = (parts.next()?, parts.next()?);
    parts.next().filter(|year| year.len() >= 4)?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

fn read(text: &str, day_first: bool) -> Option<(Form, [usize; 3], Date)> {
    let separator = text.chars().find(|c| !c.is_ascii_digit());
    let parts: Vec<&str> = match separator {
        Some(separator) => text.split(separator).collect(),
        None if text.len() == 8 => vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?],
        None => return None,
    };
    let [one, two, three] = parts.as_slice() else { return None };
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|it| it.is_ascii_digit());
    if ![one, two, three].into_iter().all(is_number) {
        return None;
    }
    let order = match (one.len(), three.len()) {
        (4, 1..=2) => [Year, Month, Day],
        (1..=2, 4) if day_first || separator == Some('.') => [Day, Month, Year],
        (1..=2, 4) => [Month, Day, Year],
        _ => return None,
    };
    let form = Form { order, separator };
    let value = |part: Part| -> Option<i64> {
        let place = order.iter().position(|it| *it == part)?;
        [one, two, three].get(place)?.parse().ok()
    };
    let date = Date { year: value(Year)?, month: value(Month)?, day: value(Day)? };
    let is_valid = (1..=9999).contains(&date.year) && from_number(to_number(date)) == date;
    is_valid.then_some((form, [one.len(), two.len(), three.len()], date))
}

fn write(form: Form, lengths: [usize; 3], date: Date) -> Option<String> {
    if !(1..=9999).contains(&date.year) {
        return None;
    }
    let separator = form.separator.map(String::from).unwrap_or_default();
    let part = |(part, length): (&Part, usize)| {
        let value = match part {
            Year => date.year,
            Month => date.month,
            Day => date.day,
        };
        // A single digit may have to grow; two digits never shrink.
        format!("{value:0length$}")
    };
    Some(form.order.iter().zip(lengths).map(part).collect::<Vec<_>>().join(&separator))
}

/// Days since the first of March of year 0 in the calendar that we use today.
fn to_number(Date { year, month, day }: Date) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1
}

fn from_number(number: i64) -> Date {
    let era = number.div_euclid(146_097);
    let day_of_era = number.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    if month < 10 { Date { year, month: month + 3, day } } else { Date { year: year + 1, month: month - 9, day } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::Secret;
    use proptest::prelude::*;

    fn moved_for(whose: &str, text: &str) -> Option<String> {
        moved(&Keyed::new(&Secret::new([1; 32])), text, whose, false)
    }

    fn number(text: &str) -> i64 {
        to_number(read(text, false).unwrap().2)
    }

    #[test]
    fn what_lies_between_the_dates_of_a_person_stays_as_long() {
        let (born, died) = (moved_for("7", "1950-03-01").unwrap(), moved_for("7", "2019-11-30").unwrap());
        assert_eq!(number(&died) - number(&born), number("2019-11-30") - number("1950-03-01"));
        assert_ne!(born, "1950-03-01");
        let other = moved_for("8", "1950-03-01").unwrap();
        assert_ne!(other, born);
    }

    #[test]
    fn the_way_a_date_is_written_stays() {
        for text in
            ["1950-03-01T10:20:30Z", "1950/03/01", "19500301", "01.03.1950", "12/31/1999", "2000-02-29 00:00:00.000+02"]
        {
            let made = moved_for("7", text).unwrap();
            assert_eq!(made.len(), text.len());
            let shape = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "0");
            assert_eq!(shape(&made), shape(text));
        }
        for other in
            ["", "unknown", "0000-00-00", "1999-02-30", "13/13/1999", "1.2.3", "1950", "1234567890", "10.0.0.1"]
        {
            assert_eq!(moved_for("7", other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_number_of_days_is_a_date_and_back(number in 400_i64..3_652_000) {
            let date = from_number(number);
            prop_assert_eq!(to_number(date), number);
            prop_assert!((1..=12).contains(&date.month) && (1..=31).contains(&date.day));
        }
    }
}
