//! The failures of a request, as sentences with cause and cure.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use groundup::web::futures_rustls::rustls;
use groundup::{RunError, TaskError};
use redis::RedisError;

use crate::http::url::Url;

/// The reason why a request or a download has failed. It is a sentence for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    text: String,
    /// Nobody reads the standard output any more.
    unread: bool,
}

impl Failure {
    /// Makes a failure of a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Failure {
            text: text.into(),
            unread: false,
        }
    }

    /// The text of the user is no URL.
    pub fn url(text: &str, why: &str) -> Self {
        Failure::new(format!(
            "{text:?} is no URL: {why}; a URL is like http://host:port/path"
        ))
    }

    /// The host has no address.
    pub fn unknown_host(url: &Url, error: &io::Error) -> Self {
        Failure::new(format!(
            "the host {} is not known: check its spelling, and the connection to the network ({error})",
            url.host
        ))
    }

    /// The look-up of the host took too long.
    pub fn no_names(url: &Url, limit: Duration) -> Self {
        Failure::new(format!(
            "no server of names has said within {} s where {} is: check the connection to the network, or wait \
             longer with --time-out",
            limit.as_secs_f64(),
            url.host
        ))
    }

    /// An operation on the connection has failed.
    pub fn connection(url: &Url, error: &io::Error) -> Self {
        let at = url.address();
        Failure::new(match error.kind() {
            ErrorKind::ConnectionRefused => format!(
                "{at} refuses the connection: start a server there, or correct the port in the URL"
            ),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
                format!("{at} has reset the connection before the end of its answer: try again")
            }
            ErrorKind::UnexpectedEof => format!(
                "{at} has ended the connection without the end of TLS: the answer may have been cut off"
            ),
            _ => format!("the connection to {at} has failed: {error}"),
        })
    }

    /// The server answers without a page.
    pub fn status(url: &Url, status: u16, reason: &str) -> Self {
        let cure = match status {
            300..=399 => "the answer does not say where the page is, so ask its owner",
            401 | 403 | 407 => "the page needs a login, which this program does not have",
            408 | 429 | 500.. => "try again later",
            _ => "check the path of the URL",
        };
        let answer = format!("{status} {reason}");
        let answer = answer.trim_end(); // there may be no reason
        Failure::new(format!("the server answers {answer} for {url}: {cure}"))
    }

    /// The server redirects to an address that is no URL of the web.
    pub fn redirect(from: &Url, why: &Failure) -> Self {
        Failure::new(format!("{from} redirects to another address: {why}"))
    }

    /// The loop has ended before the program.
    pub fn run(error: &RunError) -> Self {
        match error {
            RunError::Interrupted => Failure::new("interrupted"),
            other => Failure::new(format!("the loop has ended: {other}")),
        }
    }

    /// The peer was silent for too long.
    pub fn late(url: &Url, limit: Duration) -> Self {
        Failure::new(format!(
            "{} was silent for {} s: try again, or wait longer with --time-out",
            url.address(),
            limit.as_secs_f64()
        ))
    }

    /// The answer is not what HTTP allows.
    pub fn garbage(why: impl fmt::Display) -> Self {
        Failure::new(format!(
            "the server does not answer in HTTP: {why}; is the port that of a web server?"
        ))
    }

    /// The server speaks no TLS, its certificate does not fit, or the handshake has failed otherwise.
    pub fn tls(url: &Url, error: &io::Error) -> Self {
        let (at, cause) = (url.address(), error.get_ref());
        let cause = cause.and_then(|cause| cause.downcast_ref::<rustls::Error>());
        let cure = "begin the URL with http://, or correct its port";
        Failure::new(match (cause, error.kind()) {
            (Some(rustls::Error::InvalidMessage(_)), _) => {
                format!("{at} does not speak TLS: {cure}")
            }
            (None, ErrorKind::UnexpectedEof) => {
                format!("{at} has ended the connection at the beginning of TLS: {cure}")
            }
            _ => format!(
                "no trusted connection to {at}: {error}; for a server of your own, pass its certificate with --trust"
            ),
        })
    }

    /// The standard output takes no more. If nobody reads it, this is no error to tell: the program ends
    /// [as shells expect](crate::arguments::Usage::status).
    pub fn output(error: &io::Error) -> Self {
        let cure = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk",
            _ => "send it elsewhere",
        };
        Failure {
            text: format!("the standard output cannot be written: {error}; {cure}"),
            unread: error.kind() == ErrorKind::BrokenPipe,
        }
    }

    /// Returns true if the failure is that nobody reads the standard output any more.
    pub fn nobody_reads(&self) -> bool {
        self.unread
    }

    /// The file cannot be written.
    pub fn file(path: &Path, error: &io::Error) -> Self {
        let cure = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk",
            ErrorKind::FileTooLarge => {
                "raise the limit of the shell (ulimit -f), or save to a disk that takes larger files"
            }
            ErrorKind::PermissionDenied => "choose a folder that you may write to",
            ErrorKind::NotFound => "make the folder first",
            _ => "choose another file with -O",
        };
        Failure::new(format!(
            "{} cannot be written: {error}; {cure}",
            path.display()
        ))
    }
}

impl From<RedisError> for Failure {
    /// Redis cannot be reached, or answers with an error.
    fn from(error: RedisError) -> Self {
        let cure = match error.is_io_error() {
            true => "start `redis-server`, or correct the URL",
            false => "look at its log",
        };
        Failure::new(format!("Redis does not do it: {error}; {cure}"))
    }
}

impl From<TaskError> for Failure {
    /// A task of the program has panicked.
    fn from(error: TaskError) -> Self {
        Failure::new(format!("a bug of this program: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}
