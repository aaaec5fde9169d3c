//! The tests of the comparison with CPython.
//!
//! ```text
//!   texts  recorded          the scenarios, and the recorded traces of CPython
//!   census  coverage  props  the random programs
//!   shrinking                the search for the smallest program that differs
//! ```
//!
//! Read next: `texts.rs`.

mod census;
mod coverage;
mod props;
mod recorded;
mod shrinking;
mod texts;

/// Prints no panic of this thread from now on. Other tests run beside the one that calls this.
fn silence_this_thread() {
    let (shown, own) = (std::panic::take_hook(), std::thread::current().id());
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() != own {
            shown(panic);
        }
    }));
}
