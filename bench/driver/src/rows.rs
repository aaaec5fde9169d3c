//! The rows: work, sizes, aims, and budgets of instructions.
//!
//! A row is one kind of work with a size, and two promises: our system costs at most a
//! certain part of the cost of the best peer, and at most a certain number of
//! instructions. All of it is data and stands here, once: the table, `--list`,
//! `--counts` and `--scaling` print it. The work itself is in `kit/src/rows/`.
//!
//! ```text
//!   row("wait_first_100k", kind, "one operation, in words")
//!       .runs("wait_first")             the row of the programs, if it has another name
//!       .sizes(&[100 * K], 5)           operations of one round, and rounds
//!       .aim(OfPeer(0.55))              ours / best peer
//!       .budget(840.0, (10 * K, 2))     instructions, counted at this size and rounds
//! ```
//!
//! Invariants: names are unique. With several sizes the worst one of each system is its
//! number. Python, which is slower, has sizes of at most 100,000, and makes no further round
//! after 50,000 operations. The best peer is always one of the systems of the same call,
//! never a recorded number. Every row has a budget; a budget above what
//! is reached by more than 5 % is too wide.
//!
//! Read next: `systems.rs`.

mod list;

pub(crate) use list::ROWS;

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

/// The most that our system may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    /// This part of the cost of the best peer.
    OfPeer(f64),
    /// This part of the cost of the same work without wakers (the system `limit`).
    OfLimit(f64),
    /// No aim: the row is shown, not judged.
    Shown,
}

/// The rows of one table: work of the same kind, compared with work of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tasks,
    Callbacks,
    Timers,
    Children,
    InPlace,
    Sharing,
    Threads,
    Sockets,
    Memory,
    Generators,
}

impl Kind {
    /// Returns the heading of the table, and a sentence on what it compares.
    pub(crate) fn heading(self) -> (&'static str, &'static str) {
        match self {
            Kind::Tasks => ("Tasks and wakes", "Tasks of each system."),
            Kind::Callbacks => (
                "Callbacks, and tasks that are not awaited",
                "Only groundup has callbacks. In the rows call_soon_* a callback of groundup is \
                 compared with a task of a peer, in the rows spawn_* a task with a task.",
            ),
            Kind::Timers => (
                "Timers",
                "Tasks that sleep. CPU time, also on the real clock.",
            ),
            Kind::Children => (
                "Several at once, the children are tasks",
                "Each child can be cancelled, awaited and panic by itself. Peers: JoinSet of \
                 tokio; FuturesUnordered of futures; of the others the handles of tasks, in the set of \
                 futures-buffered, which may yield results that are there at once in another order.",
            ),
            Kind::InPlace => (
                "Several at once, in place",
                "Futures of one task. Peers: futures-buffered, FuturesUnordered and join_all of \
                 futures; for two futures race and or of futures-lite, on each runtime.",
            ),
            Kind::Sharing => (
                "What tasks share",
                "Queues, locks and permits. Those of groundup, unsync, monoio and glommio stay on one thread; \
                 those of the others are made for many threads.",
            ),
            Kind::Threads => (
                "Other threads: wakes, and jobs that block",
                "Wall time, on two CPUs. Every pool for jobs has at most CPUs + 4 threads, so six; \
                 in blocking_batch_defaults the pools of tokio, smol and compio are as they come.",
            ),
            Kind::Sockets => (
                "Sockets",
                "Both ends are tasks of one loop, so a round trip is a client's and a server's. Four fifths \
                 of the time are the system's. tcp_echo_64 and tcp_echo_1 compare loops that learn which \
                 sockets are ready, by epoll. The rows *_uring show groundup, on epoll, beside loops that \
                 give their operations to io_uring, 64 of them in one call. They have no aim. The peer of \
                 http_hello is tokio: hyper-util has an adapter for its sockets, and for no other system here.",
            ),
            Kind::Memory => (
                "Memory",
                "Growth of the resident set, with malloc's defaults.",
            ),
            Kind::Generators => (
                "Depth and generators",
                "The peers have no generators; limit is the same work without a loop.",
            ),
        }
    }
}

/// The instructions that one operation may cost, and the work with which they are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// The most instructions, or bytes where the row measures bytes.
    pub(crate) most: f64,
    pub(crate) size: u64,
    pub(crate) rounds: u64,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// One operation, in words.
    pub(crate) one: &'static str,
    /// The row that the programs run.
    pub(crate) program: &'static str,
    pub(crate) sizes: &'static [u64],
    pub(crate) rounds: u64,
    pub(crate) unit: Unit,
    pub(crate) aim: Aim,
    pub(crate) budget: Budget,
    /// The row that the other systems run, if it is another one.
    pub(crate) against: Option<&'static str>,
    /// The size for Python, if the row's size would take it minutes.
    pub(crate) python_size: Option<u64>,
    /// The row of the programs for the table of growing sizes.
    pub(crate) scales: Option<&'static str>,
    /// Its count depends on how often a thread or the loop sleeps, so only the budget has one.
    pub(crate) varies: bool,
}

/// Makes a row whose programs run the row of the same name.
const fn row(name: &'static str, kind: Kind, one: &'static str) -> Row {
    Row {
        name,
        kind,
        one,
        program: name,
        sizes: &[],
        rounds: 1,
        unit: Unit::Cpu,
        aim: Aim::Shown,
        budget: Budget {
            most: 0.0,
            size: 1,
            rounds: 1,
        },
        against: None,
        python_size: None,
        scales: None,
        varies: false,
    }
}

impl Row {
    const fn runs(mut self, program: &'static str) -> Row {
        self.program = program;
        self
    }

    const fn sizes(mut self, sizes: &'static [u64], rounds: u64) -> Row {
        self.sizes = sizes;
        self.rounds = rounds;
        self
    }

    const fn unit(mut self, unit: Unit) -> Row {
        self.unit = unit;
        self
    }

    const fn aim(mut self, aim: Aim) -> Row {
        self.aim = aim;
        self
    }

    const fn budget(mut self, most: f64, (size, rounds): (u64, u64)) -> Row {
        self.budget = Budget { most, size, rounds };
        self
    }

    const fn varies(mut self) -> Row {
        self.varies = true;
        self
    }

    const fn against(mut self, other: &'static str) -> Row {
        self.against = Some(other);
        self
    }

    const fn python(mut self, size: u64) -> Row {
        self.python_size = Some(size);
        self
    }

    const fn scales(mut self, program: &'static str) -> Row {
        self.scales = Some(program);
        self
    }

    /// Returns the row of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.name == name)
    }

    /// Returns the name of the row that a system's program runs for this one.
    pub(crate) fn run_by(&self, ours_or_limit: bool) -> &'static str {
        match self.against {
            Some(other) if !ours_or_limit => other,
            _ => self.program,
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
    fn a_row_has_a_size_and_a_budget() {
        for row in ROWS {
            assert!(!row.sizes.is_empty(), "{}", row.name);
            assert!(row.budget.most > 0.0, "{}", row.name);
            let even = row.budget.rounds.is_multiple_of(2);
            assert!(even || row.unit == Unit::Bytes, "{}", row.name);
        }
    }

    #[test]
    fn the_rows_of_a_kind_stand_together() {
        let mut kinds: Vec<Kind> = ROWS.iter().map(|row| row.kind).collect();
        kinds.dedup();
        for (at, kind) in kinds.iter().enumerate() {
            assert!(!kinds[..at].contains(kind), "{kind:?}");
        }
    }

    #[test]
    fn nine_rows_scale() {
        assert_eq!(ROWS.iter().filter(|row| row.scales.is_some()).count(), 9);
    }
}
