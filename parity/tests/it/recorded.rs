//! Groundup prints the recorded traces of CPython.

use crate::silence_this_thread;

use groundup_parity::command::{Request, answer};
use groundup_parity::interpreter::Groundup;

#[test]
fn recorded_scenarios_print_what_is_recorded() {
    silence_this_thread(); // a panic of a scenario is a line of its trace
    let equal = answer(&Request::default(), &mut Groundup { hops: false });
    assert_eq!(equal, Ok(true), "the differences stand above");
}
