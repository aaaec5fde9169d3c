//! Loops on several threads, and queues between them.
//!
//! ```text
//!   tasks     where a task runs, and what its handle gives
//!   ends      shutdowns, and loops that end unasked
//!   queues    items between loops
//!   props     random operations on a queue against a list
//! ```
//!
//! No test sleeps: loops meet by queues, channels and handles.
//!
//! Read next: `fleet/tasks.rs`.

mod ends;
mod props;
mod queues;
mod tasks;

use groundup_sync::{Fleet, FleetBuilder};

use crate::setup::LONG;

/// Makes the options of a fleet whose loops have clocks that jump.
fn virtual_fleet(loops: usize) -> FleetBuilder {
    let builder = Fleet::builder().loops(loops);
    builder.configure(|_, builder| builder.virtual_time())
}
