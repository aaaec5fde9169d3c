//! Values as Python writes them.
//!
//! The problem: the programs of the tour were written in Python, and a reader compares
//! their output with the output of our programs. `print(5.0)` and `println!("{}", 5.0)`
//! do not print the same, nor do the two languages print a list of strings alike.
//!
//! | value | Python | Rust's `{}` | Rust's `{:?}` |
//! |---|---|---|---|
//! | `5.0` | `5.0` | `5` | `5.0` |
//! | `0.00001` | `1e-05` | `0.00001` | `1e-5` |
//! | `["a", "b1"]` | `['a', 'b1']` | | `["a", "b1"]` |
//!
//! Invariant: both languages choose the shortest digits that read back as the
//! same number, so only the layout around the digits is done here.
//!
//! Read next: `stage.rs`.

/// Formats a float as Python's `repr` does.
///
/// ```
/// use xtask::python::float;
///
/// assert_eq!(float(5.0), "5.0");
/// assert_eq!(float(5.005340099334717), "5.005340099334717");
/// assert_eq!(float(1e-5), "1e-05");
/// assert_eq!(float(1e16), "1e+16");
/// ```
pub fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific; // inf, -inf
    };
    match exponent.parse::<i32>() {
        // The range in which Python writes no exponent.
        Ok(-4..=15) => format!("{value:?}"),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        Err(_) => scientific,
    }
}

/// Formats a string as Python's `repr` does: in single quotes, unless single quotes need
/// an escape and double quotes do not.
///
/// ```
/// use xtask::python::string;
///
/// assert_eq!(string("b1"), "'b1'");
/// assert_eq!(string("it's"), "\"it's\"");
/// ```
pub fn string(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut written = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\\' => written.push_str("\\\\"),
            c if c == quote => written.extend(['\\', c]),
            c if c.is_control() => written.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => written.push(c),
        }
    }
    written.push(quote);
    written
}

/// Formats a list of strings as Python's `repr` does.
///
/// ```
/// assert_eq!(xtask::python::list(["a", "b1"]), "['a', 'b1']");
/// ```
pub fn list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    format!("[{}]", joined(items))
}

/// Formats a set of strings as Python's `repr` does, in the given order.
///
/// ```
/// assert_eq!(xtask::python::set(["a", "b1"]), "{'a', 'b1'}");
/// assert_eq!(xtask::python::set([""; 0]), "set()");
/// ```
pub fn set<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    match joined(items) {
        items if items.is_empty() => "set()".into(),
        items => format!("{{{items}}}"),
    }
}

fn joined<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let items: Vec<String> = items
        .into_iter()
        .map(|item| string(item.as_ref()))
        .collect();
    items.join(", ")
}
