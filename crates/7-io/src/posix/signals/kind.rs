//! The kinds of signals.
//!
//! The problem: the numbers of signals differ between systems, and a number says nothing to a reader.
//!
//! Invariant: a kind is a number above zero.
//!
//! Read next: `posix/signals/listener.rs`.

use std::fmt;
use std::io;

use rustix::process::Signal as SystemSignal;
use signal_hook::consts;
use signal_hook::low_level::signal_name;

/// A kind of signal, such as SIGTERM.
///
/// ```
/// # mod groundup { pub mod signal { pub use groundup_io::SignalKind; } }
/// use groundup::signal::SignalKind;
///
/// assert_eq!(SignalKind::terminate().to_string(), "SIGTERM");
/// assert_eq!(SignalKind::from_raw(15), Some(SignalKind::terminate()));
/// assert_eq!(SignalKind::from_raw(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignalKind(i32);

/// Makes the functions of the kinds.
macro_rules! kinds {
    ($($name:ident $number:ident $says:literal;)*) => {
        impl SignalKind {
            $(
                #[doc = concat!(stringify!($number), ": ", $says, ".")]
                pub const fn $name() -> SignalKind {
                    SignalKind(consts::$number)
                }
            )*
        }
    };
}

kinds! {
    alarm SIGALRM "a timer of the system has expired";
    child SIGCHLD "a child process has ended or stopped";
    hangup SIGHUP "the terminal is gone; for daemons: read the configuration again";
    interrupt SIGINT "Ctrl-C";
    kill SIGKILL "ends a process at once; no program can handle it";
    pipe SIGPIPE "a write to a pipe without a reader; the standard library ignores it";
    quit SIGQUIT "Ctrl-\\\\";
    stop SIGSTOP "stops a process until SIGCONT; no program can handle it";
    resume SIGCONT "lets a stopped process go on";
    terminate SIGTERM "a request to end";
    user_defined1 SIGUSR1 "has the meaning that the program gives it";
    user_defined2 SIGUSR2 "has the meaning that the program gives it";
    window_change SIGWINCH "the terminal has another size";
}

impl SignalKind {
    /// Makes a kind of the system's number. Returns `None` if the number is not above zero.
    pub const fn from_raw(number: i32) -> Option<SignalKind> {
        match number {
            1.. => Some(SignalKind(number)),
            _ => None,
        }
    }

    /// Returns the system's number.
    pub const fn as_raw(self) -> i32 {
        self.0
    }

    /// Returns the signal as it is sent.
    pub(crate) fn to_send(self) -> io::Result<SystemSignal> {
        SystemSignal::from_named_raw(self.0).ok_or_else(|| {
            let text = format!("{self} has no name here, and cannot be sent");
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })
    }
}

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match signal_name(self.0) {
            Some(name) => f.write_str(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}
