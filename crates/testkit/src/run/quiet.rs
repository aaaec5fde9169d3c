//! Keeps the panics of explored runs out of the output.
//!
//! The problem: a search for a failing schedule may run into a hundred panics, and each one
//! prints its message and perhaps a backtrace. Only the last one is of interest, and the kit tells
//! it itself. The panic hook belongs to the whole process, and perhaps to the user.
//!
//! Invariants:
//! 1. Outside the runs of the kit, and on all other threads, the hook of before gets every panic.
//! 2. A hook that the program sets later stays set. It gets all panics, and the runs are as
//!    loud as without this file.
//!
//! Read next: `search.rs`.

use std::cell::{Cell, RefCell};
use std::panic::{set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// The number of runs of the kit on this thread, one inside the other.
    static RUNS: Cell<u32> = const { Cell::new(0) };
    /// The messages and the places of the panics of the run.
    static PLACES: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// Calls `run`. The panics in it print nothing.
pub(crate) fn quietly<R>(run: impl FnOnce() -> R) -> R {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            RUNS.set(RUNS.get() - 1);
        }
    }
    listen();
    PLACES.take();
    RUNS.set(RUNS.get() + 1);
    let _end = End;
    run()
}

/// Returns the place in the source of the last panic of this run with this message.
pub(crate) fn place_of_panic(message: &str) -> Option<String> {
    let places = PLACES.take();
    let with = |text: &str| places.iter().rfind(|(known, _)| known == text);
    // The message of a panic that is no text is kept as an empty one.
    let own = with(message).or_else(|| with(""));
    own.map(|(_, place)| place.clone())
}

/// Sets a hook, once in the process, that passes on the panics of all other code.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if RUNS.try_with(Cell::get).unwrap_or(0) == 0 {
                return before(panic);
            }
            let message = panic.payload_as_str().unwrap_or_default().to_string();
            let place = panic.location().map(ToString::to_string);
            PLACES.with_borrow_mut(|places| places.extend(place.map(|place| (message, place))));
        }));
    });
}
