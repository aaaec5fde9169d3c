//! The signals that ask a download, or another program here, to end.
//!
//! Ctrl-C is SIGINT, and a terminal that is closed sends SIGHUP. SIGTERM is from another program.
//!
//! ```text
//!   the first one   the download is dropped, and its file with it ──> a line ──> the program ends by
//!                                                                                the same signal
//!   another one     the program ends at once
//! ```
//!
//! A program that ends by the signal looks to its shell as one that does not handle it: a loop of the
//! shell around it ends, too.

use std::process::ExitCode;
use std::rc::Rc;

use groundup::signal::{SignalKind, add_signal_handler, remove_signal_handler};
use signal_hook::low_level::emulate_default_handler;

/// The signals.
pub(super) const ALL: [SignalKind; 3] = [
    SignalKind::interrupt(),
    SignalKind::terminate(),
    SignalKind::hangup(),
];

/// The signal that another program sends.
pub const TERM: [SignalKind; 1] = [SignalKind::terminate()];

/// Calls `end` in the running loop when the first of these signals comes. A second one is not handled.
pub fn on_first_of(kinds: &'static [SignalKind], end: impl Fn(SignalKind) + 'static) {
    let end = Rc::new(end);
    for &kind in kinds.iter().filter(|kind| !is_ignored(**kind)) {
        let end = end.clone();
        let came = move || {
            kinds
                .iter()
                .for_each(|&kind| _ = remove_signal_handler(kind));
            end(kind);
        };
        // Without a descriptor for it, the signal does what it does to each program.
        drop(add_signal_handler(kind, came));
    }
}

/// Returns true if the program is to ignore a signal, as under `nohup`. Only Linux can be asked so.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let ignored = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (kind.as_raw() - 1) & 1 == 1)
}

/// Says what a signal has done, for a sentence.
pub fn has_done(kind: SignalKind) -> String {
    match kind == SignalKind::interrupt() {
        true => "interrupted".to_string(),
        false => format!("ended by {kind}"),
    }
}

/// Ends the process by a signal. If the system does not do so, returns what a shell says of such an end.
pub fn end_by(kind: SignalKind) -> ExitCode {
    drop(emulate_default_handler(kind.as_raw()));
    ExitCode::from(u8::try_from(128 + kind.as_raw()).unwrap_or(1))
}
