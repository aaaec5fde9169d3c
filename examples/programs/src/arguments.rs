//! The command lines of the programs: values, help, and what is wrong.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use groundup::signal::SignalKind;
use groundup::web::futures_rustls::TlsConnector;
use groundup::web::{tls_connector, tls_connector_trusting};

use crate::failure::Failure;
use crate::output::{print, tell};
use crate::wget::signals::end_by;

/// How a program is called.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// The name of the program.
    pub name: &'static str,
    /// The arguments that it takes.
    pub takes: &'static str,
    /// What it does, for its help.
    pub does: &'static str,
}

impl Usage {
    /// Prints the help.
    ///
    /// # Errors
    ///
    /// If the standard output does not take it.
    pub fn help(&self) -> Result<(), Failure> {
        let Usage { name, takes, does } = self;
        print(format_args!("usage: {name} {takes}\n{does}"))
    }

    /// Makes the failure of a command line. The reason names the word that is wrong.
    pub fn wrong(&self, why: impl fmt::Display) -> Failure {
        let Usage { name, takes, .. } = self;
        Failure::new(format!("{why}\n{name}: usage: {name} {takes}"))
    }

    /// Returns the status of a program, and prints its failure. A program whose standard output nobody
    /// reads any more ends without a word, and by SIGPIPE, as those do that know nothing of signals.
    pub fn status(&self, ended: Result<(), Failure>) -> ExitCode {
        match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) if failure.nobody_reads() => end_by(SignalKind::pipe()),
            Err(failure) => {
                tell(format_args!("{}: {failure}\n", self.name));
                ExitCode::FAILURE
            }
        }
    }

    /// Returns the value behind an option.
    ///
    /// # Errors
    ///
    /// If the command line ends there.
    pub fn value(&self, option: &str, value: Option<String>) -> Result<String, Failure> {
        value.ok_or_else(|| self.wrong(format_args!("{option}: a value is missing behind it")))
    }

    /// Reads the time of `--time-out`, such as `2.5`.
    ///
    /// # Errors
    ///
    /// If it is no time, or none at all.
    pub fn time_out(&self, text: &str) -> Result<Duration, Failure> {
        let time = seconds(text).filter(|time| !time.is_zero());
        let why = format_args!("--time-out {text:?}: it is a number of seconds, above 0");
        time.ok_or_else(|| self.wrong(why))
    }

    /// Reads the one argument of a server, its port. Returns `None` if it has printed the help instead.
    ///
    /// # Errors
    ///
    /// If there is another argument.
    pub fn port(&self, arguments: &[String], usual: u16) -> Result<Option<u16>, Failure> {
        let mut port = None;
        for argument in arguments {
            if ["--help", "-h"].contains(&argument.as_str()) {
                return self.help().map(|()| None);
            }
            let why = match argument.parse() {
                Ok(_) if port.is_some() => "is one argument too many",
                Ok(number) => {
                    port = Some(number);
                    continue;
                }
                Err(_) if argument.starts_with('-') => "is no option",
                Err(_) => "is no port: a port is a number up to 65535",
            };
            return Err(self.wrong(format_args!("{argument:?} {why}")));
        }
        Ok(Some(port.unwrap_or(usual)))
    }

    /// Reads a number of `option` from 1 on.
    ///
    /// # Errors
    ///
    /// If it is no such number.
    pub fn at_least_one(&self, option: &str, text: &str) -> Result<usize, Failure> {
        let number = text.parse().ok().filter(|&number| number > 0);
        let why = format_args!("{option} {text:?}: it is a number from 1 on");
        number.ok_or_else(|| self.wrong(why))
    }
}

/// Reads a number of seconds, such as `2.5`.
pub fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
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
