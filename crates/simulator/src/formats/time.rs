//! Times in traces.

/// The last time that JavaScript has a date for, in milliseconds since 1970. Sums of later ones would not be exact.
const MAX_MILLISECONDS: f64 = 8.64e15;

/// Reads times, all in the unit of the first one: seconds, or by their size the milliseconds, microseconds or nanoseconds
/// since 1970.
#[derive(Default)]
pub struct Times {
    /// Milliseconds per unit.
    unit: Option<f64>,
}

impl Times {
    /// The milliseconds of a number or an ISO 8601 date; NaN for anything else, and for dates that are too far away.
    pub fn milliseconds(&mut self, text: &[u8]) -> f64 {
        let time = self.any_milliseconds(text);
        if time.abs() <= MAX_MILLISECONDS { time } else { f64::NAN }
    }

    fn any_milliseconds(&mut self, text: &[u8]) -> f64 {
        if let Some(integer) = integer(text) {
            let unit = *self.unit.get_or_insert_with(|| unit_of(integer));
            if unit >= 1.0 {
                return integer * unit;
            }
        }
        let Ok(text) = std::str::from_utf8(text) else { return f64::NAN };
        let text = text.trim();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                // Whole microseconds: products are not exact.
                (number * *self.unit.get_or_insert_with(|| unit_of(number)) * 1e3).round() / 1e3
            }
            _ => iso_date(text).unwrap_or(f64::NAN),
        }
    }
}

/// The value of up to 15 digits, which an `f64` holds exactly: most times are such numbers.
fn integer(text: &[u8]) -> Option<f64> {
    if text.is_empty() || text.len() > 15 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0_u64, |number, &digit| 10 * number + u64::from(digit - b'0')) as f64)
}

fn unit_of(number: f64) -> f64 {
    match number {
        _ if number > 1e17 => 1e-6,
        _ if number > 1e14 => 1e-3,
        _ if number > 1e11 => 1.0,
        _ => 1e3,
    }
}

/// `2024-03-01T12:30:05.250Z`, with a space for the `T`, or an offset for the `Z`; without either it is UTC.
fn iso_date(text: &str) -> Option<f64> {
    let number = |from: usize, to: usize| digits(text.as_bytes().get(from..to)?);
    let separators = [(4, '-'), (7, '-'), (13, ':'), (16, ':')];
    if !text.is_ascii() || separators.iter().any(|&(at, mark)| text.chars().nth(at) != Some(mark)) {
        return None;
    }
    let days = days_since_1970(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    let seconds = number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    let rest = text.get(19..)?;
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count() + 1);
    let fraction = if digits > 1 { rest[..digits].parse::<f64>().ok()? } else { 0.0 };
    let offset = match &rest[digits..] {
        "" | "Z" | "z" => 0.0,
        zone => zone_seconds(zone.as_bytes())?,
    };
    Some((days * 86_400.0 + f64::from(seconds) - offset + fraction) * 1e3)
}

/// `10/Oct/2000:13:55:36 -0700`, as access logs have it.
pub fn log_date(text: &[u8]) -> Option<f64> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let number = |from: usize, to: usize| digits(text.get(from..to)?);
    let month = MONTHS.iter().position(|&month| text.get(3..6) == Some(month))? as u32 + 1;
    let days = days_since_1970(number(7, 11)?, month, number(0, 2)?)?;
    let seconds = number(12, 14)? * 3_600 + number(15, 17)? * 60 + number(18, 20)?;
    let offset = zone_seconds(text.get(21..)?)?;
    Some((days * 86_400.0 + f64::from(seconds) - offset) * 1e3)
}

/// The seconds of `+0100`, `-07:00`, `+01`.
fn zone_seconds(zone: &[u8]) -> Option<f64> {
    let (sign, rest) = zone.split_first()?;
    let (hours, rest) = rest.split_at_checked(2)?;
    let minutes = if rest.is_empty() { 0 } else { digits(rest.strip_prefix(b":").unwrap_or(rest))? };
    let seconds = digits(hours)? * 3_600 + minutes * 60;
    match sign {
        b'+' if rest.len() < 4 => Some(f64::from(seconds)),
        b'-' if rest.len() < 4 => Some(-f64::from(seconds)),
        _ => None,
    }
}

/// The value of a few digits.
fn digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| 10 * number + u32::from(digit - b'0')))
}

/// The days of a date in the Gregorian calendar.
fn days_since_1970(year: u32, month: u32, day: u32) -> Option<f64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that start in March: the leap day is their last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let leap_days = i64::from(year / 4) - i64::from(year / 100) + i64::from(year / 400);
    let day_of_year = i64::from((153 * month + 2) / 5 + day - 1);
    Some((365 * i64::from(year) + leap_days + day_of_year - 719_468) as f64)
}
