//! Times in traces.

/// Reads times, all in the unit of the first one: seconds, or by their size the milliseconds, microseconds or nanoseconds
/// since 1970.
#[derive(Default)]
pub struct Times {
    /// Milliseconds per unit.
    unit: Option<f64>,
}

impl Times {
    /// The milliseconds of a number or an ISO 8601 date; NaN for anything else.
    pub fn milliseconds(&mut self, text: &[u8]) -> f64 {
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
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
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
        zone => zone_seconds(zone)?,
    };
    Some((days * 86_400.0 + f64::from(seconds) - offset + fraction) * 1e3)
}

/// `10/Oct/2000:13:55:36 -0700`, as access logs have it.
pub fn log_date(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let month = MONTHS.iter().position(|month| text.get(3..6) == Some(month))? as u32 + 1;
    let days = days_since_1970(number(7, 11)?, month, number(0, 2)?)?;
    let seconds = number(12, 14)? * 3_600 + number(15, 17)? * 60 + number(18, 20)?;
    let offset = zone_seconds(text.get(21..)?)?;
    Some((days * 86_400.0 + f64::from(seconds) - offset) * 1e3)
}

/// The seconds of `+0100`, `-07:00`.
fn zone_seconds(zone: &str) -> Option<f64> {
    let sign = if zone.starts_with('-') { -1.0 } else { 1.0 };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse::<u32>().ok().filter(|_| digits.len() == 4)?;
    Some(sign * f64::from(number / 100 * 3_600 + number % 100 * 60))
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
