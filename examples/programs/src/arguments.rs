//! Values of a command line, common to `wget` and `crawler`.

use std::path::Path;
use std::time::Duration;

use groundup::web::futures_rustls::TlsConnector;
use groundup::web::{tls_connector, tls_connector_trusting};

use crate::failure::Failure;

/// Reads a number of seconds, such as `2.5`.
pub fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// Reads a number from 1 on.
///
/// # Errors
///
/// A sentence that names the option and its value.
pub fn at_least_one(option: &str, text: &str) -> Result<usize, Failure> {
    let number = text.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| Failure::new(format!("{option} {text:?}: it is a number from 1 on")))
}

/// Makes the connector that trusts the certificates of a file, if one is named; else those of the web.
///
/// # Errors
///
/// If the file cannot be read, or has no certificate.
pub fn trusting(file: Option<&Path>) -> Result<TlsConnector, Failure> {
    let Some(file) = file else {
        return Ok(tls_connector());
    };
    std::fs::read_to_string(file)
        .and_then(|text| tls_connector_trusting(&text))
        .map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}
