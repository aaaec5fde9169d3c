//! A web site that answers each question by a callback

use std::time::Duration;

use groundup::{call_later, time};

/// The questions of a download.
pub enum Ask {
    /// The address of a host.
    Find(String),
    /// A part of the page at an address; behind the last part, an empty one.
    Read(String, usize),
}

/// The answer to each of them.
pub type Answer = Result<String, String>;

/// The hosts of the programs: one works, one breaks off, one is not there.
pub const HOSTS: [&str; 3] = ["bakery", "cafe", "nowhere"];

/// Asks the site. Returns at once, and calls `then` later.
pub fn ask(ask: Ask, then: impl FnOnce(Answer) + 'static) {
    let (seconds, answer) = match ask {
        Ask::Find(host) if host == "nowhere" => (4.5, Err("unknown host".into())),
        Ask::Find(host) => (0.3, Ok(format!("10.0.0.{}", host.len()))),
        Ask::Read(address, part) => match (address.as_str(), part) {
            ("10.0.0.6", part) => (1.0, Ok(["bread", "rolls", "cake", ""][part].into())),
            (_, 0) => (1.5, Ok("coffee".into())),
            _ => (0.5, Err("connection reset".into())),
        },
    };
    call_later(Duration::from_secs_f64(seconds), move || then(answer));
}

/// Prints a line with the time.
pub fn say(host: &str, what: &str) {
    println!("{}  {host}: {what}", time());
}
