//! The text of an instant: seconds, as traces write times.
//!
//! The problem: a program prints times in lines and in columns. So an instant is written like
//! a number: with a precision, a width and an alignment. The unit belongs to the text.
//!
//! Invariant: without a precision the text is exact, to the nanosecond.
//!
//! Read next: `time/handle.rs`.

use std::fmt;
use std::fmt::Write;

use super::Instant;

/// Number of ns in a second.
const SECOND: u64 = 1_000_000_000;

impl Instant {
    /// Returns the number of seconds with this many decimals, or as many as it needs.
    fn in_seconds(self, decimals: Option<usize>) -> String {
        let kept = decimals.unwrap_or(9).min(9);
        let unit = u128::from(10 * SECOND) / 10_u128.pow(kept as u32 + 1);
        let rounded = (u128::from(self.nanos()) + unit / 2) / unit * unit;
        let (whole, part) = (rounded / u128::from(SECOND), rounded % u128::from(SECOND));
        let part = format!("{part:09}");
        let part = match decimals {
            None => part.trim_end_matches('0').to_owned(),
            Some(decimals) => format!("{:0<decimals$}", &part[..kept]),
        };
        match part.is_empty() {
            true => format!("{whole} s"),
            false => format!("{whole}.{part} s"),
        }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Instant::NEVER => "never".to_owned(),
            at => at.in_seconds(f.precision()),
        };
        let missing = f.width().unwrap_or(0).saturating_sub(text.len());
        let before = match f.align() {
            Some(fmt::Alignment::Left) => 0,
            Some(fmt::Alignment::Center) => missing / 2,
            Some(fmt::Alignment::Right) | None => missing, // as a number
        };
        for at in 0..=missing {
            match at == before {
                true => f.write_str(&text)?,
                false => f.write_char(f.fill())?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({self})")
    }
}
