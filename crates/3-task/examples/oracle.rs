//! Floor 3: the oracle of cancels: a model of cancels in plain lists.
//!
//! The model of `oracle/model.rs` states the whole meaning of a cancel, without a future or a
//! waker. Here it says what happens in one script:
//!
//! ```text
//!   task 0   waits in a region for task 1, and yields after it
//!   task 1   waits for a promise that no task sets
//!   task 2   yields, then cancels task 0 twice
//! ```
//!
//! The first cancel is forwarded along both waits and ends the promise. The second one finds
//! task 0 still waiting for task 1, which is ready and has a cancel already.
//!
//! Read next: `examples/oracle/model.rs`.

#[allow(dead_code)] // the tests use the rest
#[path = "oracle/model.rs"]
mod model;

use model::{Op, Script, expect};

fn main() {
    let script = Script {
        tasks: vec![
            (vec![Op::Catch(vec![Op::Await(1)]), Op::Yield], true),
            (vec![Op::AwaitPromise(0)], true),
            (vec![Op::Yield, Op::Cancel(0), Op::Cancel(0)], true),
        ],
        seed: None,
    };
    let outcome = expect(&script);
    for (round, line) in &outcome.log {
        println!("round {round}: task {line}");
    }
    for (task, end) in outcome.ends.iter().flatten().enumerate() {
        println!("task {task}: {end:?}");
    }
}
