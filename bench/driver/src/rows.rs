//! The rows: the work, its size, and the bar.
//!
//! A row is one kind of work with a size, and a promise: our system costs at most a
//! certain part of the cost of the best peer. The promises are data, so that the
//! table can be read next to them and a change of a bar is a change of this file.
//!
//! Invariants: names are unique. A row's programs are called with its `size` and
//! `rounds`. Python, which is slower and needs no long runs for a good measurement, runs
//! one round of a row of size 10,000 or more. The best peer is always one of the systems
//! of the same call, never a recorded number.
//!
//! Read next: `systems.rs`.

/// The measure that a row compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// CPU time per operation, in ns; pinned to one CPU.
    Cpu,
    /// Wall time per operation, in ns; two threads, pinned to two CPUs.
    Wall,
    /// Growth of the resident set per operation, in bytes.
    Bytes,
}

/// The bar: the most that our system may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bar {
    /// This part of the cost of the best peer.
    OfPeer(f64),
    /// This part of the cost of the reference without wakers (the system `floor`).
    OfFloor(f64),
    /// This many ns, independent of the peers.
    Nanos(f64),
    /// No bar: the row is shown, not judged.
    Open,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// One operation, described in a sentence.
    pub(crate) work: &'static str,
    pub(crate) size: u64,
    pub(crate) rounds: u64,
    pub(crate) unit: Unit,
    pub(crate) bar: Bar,
    /// The size for Python, if the row's size would take it minutes.
    pub(crate) python_size: Option<u64>,
    /// The row that the other systems run, if it is another one.
    pub(crate) against: Option<&'static str>,
}

/// Makes a row whose programs run the row of the same name.
const fn row(
    name: &'static str,
    work: &'static str,
    (size, rounds): (u64, u64),
    unit: Unit,
    bar: Bar,
) -> Row {
    Row {
        name,
        work,
        size,
        rounds,
        unit,
        bar,
        python_size: None,
        against: None,
    }
}

const K: u64 = 1_000;
const M: u64 = 1_000_000;

/// All rows, in the order of the table.
#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    row("spawn_join", "100,000 tasks that return a u64 at once, all spawned, then every handle awaited",
        (100 * K, 10), Unit::Cpu, Bar::OfPeer(0.65)),
    row("spawn_batch", "the same in batches of 1,000, so that memory stays warm",
        (K, 500), Unit::Cpu, Bar::OfPeer(0.65)),
    row("yield_many", "1,000 tasks that wake themselves 1,000 times each, in turn",
        (M, 2), Unit::Cpu, Bar::OfPeer(0.45)),
    row("yield_one", "one task that wakes itself 1,000,000 times",
        (M, 2), Unit::Cpu, Bar::OfPeer(0.40)),
    row("hand_off", "two tasks that wake each other through a stored waker",
        (M, 2), Unit::Cpu, Bar::OfPeer(0.40)),
    row("call_soon_chain", "1,000,000 callbacks, each of which schedules the next",
        (M, 1), Unit::Cpu, Bar::OfPeer(0.35)),
    row("call_soon_fanout", "1,000,000 callbacks scheduled before the first one runs",
        (M, 1), Unit::Cpu, Bar::OfPeer(0.80)),
    row("timer_set_cancel", "1,000,000 sleeps of 1 to 10,000 ms, each polled once, then all dropped",
        (M, 1), Unit::Cpu, Bar::OfPeer(0.25)),
    row("timer_drop", "the same sleeps, each dropped before the next is armed",
        (M, 1), Unit::Cpu, Bar::Open),
    row("timer_fire", "100,000 tasks that sleep 0 to 200 ms on the real clock; CPU per timer",
        (100 * K, 1), Unit::Cpu, Bar::OfPeer(0.50)),
    row("timer_virtual", "the same under virtual time",
        (100 * K, 2), Unit::Cpu, Bar::OfPeer(0.12)),
    row("sleep_virtual", "1,000 tasks that sleep 0 to 200 ms again and again under virtual time; per sleep",
        (M, 1), Unit::Cpu, Bar::Open),
    row("timeout", "a timeout of an hour around a future that yields once",
        (M, 1), Unit::Cpu, Bar::OfPeer(0.60)),
    row("gather", "10,000 children that yield three times each, all results in order; per child",
        (10 * K, 100), Unit::Cpu, Bar::OfPeer(0.40)),
    Row {
        // asyncio's wait registers with every pending task each time: n * n.
        python_size: Some(K),
        ..row("wait_first", "10,000 tasks that end one after another; wait(first completed) until none is left (Python: 1,000)",
            (10 * K, 100), Unit::Cpu, Bar::OfPeer(0.75))
    },
    row("as_completed", "the same tasks, taken as they end",
        (10 * K, 100), Unit::Cpu, Bar::OfPeer(0.75)),
    row("select2", "the first of two: one that yields once, one that never ends",
        (M, 1), Unit::Cpu, Bar::Open),
    row("cross_thread_wake", "a round trip between a task and a thread; wall",
        (50 * K, 1), Unit::Wall, Bar::OfPeer(1.00)),
    row("remote_wake", "a thread wakes 1,000 tasks, 1,000 times; wall per wake",
        (K, 1000), Unit::Wall, Bar::OfPeer(1.00)),
    row("idle_task", "1,000,000 tasks that wait for ever and hold 64 bytes meanwhile; bytes each",
        (M, 1), Unit::Bytes, Bar::OfPeer(1.00)),
    row("timer", "1,000,000 armed sleeps, a box each; bytes each",
        (M, 1), Unit::Bytes, Bar::OfPeer(0.70)),
    row("deep_await", "one resume at the bottom of 100 async calls",
        (100 * K, 1), Unit::Cpu, Bar::OfPeer(1.00)),
    Row {
        against: Some("deep_await"),
        ..row("deep_frames", "one resume at the bottom of 100 generator calls on an explicit stack; peers: deep_await",
            (100 * K, 5), Unit::Cpu, Bar::OfPeer(0.05))
    },
    row("generator_sum", "one value of a hand-written machine; the bar is a plain iterator (floor)",
        (10 * M, 10), Unit::Cpu, Bar::OfFloor(1.50)),
    row("interleave", "1,000 generators of 10,000 values each, one value of each in turn",
        (10 * M, 3), Unit::Cpu, Bar::Nanos(1.70)),
];

impl Row {
    /// Returns the row of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.name == name)
    }

    /// Returns the name of the row that a system runs for this one.
    pub(crate) fn run_by(&self, ours: bool) -> &'static str {
        match self.against {
            Some(other) if !ours => other,
            _ => self.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for (at, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..at].iter().all(|other| other.name != row.name));
        }
    }

    #[test]
    fn a_row_runs_against_a_row_that_exists() {
        for other in ROWS.iter().filter_map(|row| row.against) {
            assert!(Row::named(other).is_some(), "{other}");
        }
    }
}
