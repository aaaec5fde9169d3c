//! The mutants: small faults of floor 5, each in another tool.
//!
//! The problem: a check that finds nothing in correct code may be blunt. Each mutant takes one line away
//! that a law needs, as a tired author or a merge would. `cargo xtask mutants` shows that the kit finds
//! each of them. A test of the repository holds that each edit still fits the code.
//!
//! Invariants
//! 1. `before` stands in its file exactly once, and `after` differs from it.
//! 2. A mutant that the kit does not find stays: the laws or the scenes of the kit get sharper.
//!
//! Read next: `programs.rs`, the source programs.

/// One fault.
#[derive(Debug)]
pub struct Mutant {
    /// The tool that is broken.
    pub tool: &'static str,
    /// The file, in `crates/5-combinators/src`.
    pub file: &'static str,
    /// The correct lines.
    pub before: &'static str,
    /// The lines that take their place.
    pub after: &'static str,
    /// The law that the fault breaks.
    pub law: &'static str,
}

/// All mutants.
pub const MUTANTS: [Mutant; 13] = [
    Mutant {
        tool: "gather",
        file: "gather/result.rs",
        before: "            result.cancel_accepted.set(true);",
        after: "            result.cancel_accepted.set(false);",
        law: "A gather that was cancelled ends as cancelled: it returns no result to its awaiter.",
    },
    Mutant {
        tool: "gather, dropped",
        file: "gather.rs",
        before: "!self.promise.done() {\n            self.promise.cancel();",
        after: "!self.promise.done() {\n            self.promise.done();",
        law: "A gather that is dropped cancels its children.",
    },
    Mutant {
        tool: "wait",
        file: "wait/one_wait.rs",
        before: "            timer.cancel();",
        after: "            drop(timer);",
        law: "A wait leaves no timer in the loop.",
    },
    Mutant {
        tool: "as_completed",
        file: "as_completed/reader.rs",
        before: "            completions.line.wake_next();",
        after: "            completions.line.first();",
        law: "If a reader was woken for a result and is cancelled, the next reader is woken for it.",
    },
    Mutant {
        tool: "wait_for",
        file: "timeout/wait_for.rs",
        before: "    task.cancel();\n    if",
        after: "    if",
        law: "A wait_for without time cancels its future before it waits for the end of it.",
    },
    Mutant {
        tool: "timeout",
        file: "timeout.rs",
        before: "        if self.entered {\n            self.abandon();",
        after: "        if self.entered {\n            self.entered = false;",
        law: "A timeout that is dropped closes its scope and unsets its alarm.",
    },
    Mutant {
        tool: "shield",
        file: "shield.rs",
        before: "        if Scheduler::holds_back(cx) {\n            return Poll::Pending;\n        }\n        let result = match task",
        after: "        let result = match task",
        law: "A cancel that meets a result in one iteration wins.",
    },
    Mutant {
        tool: "task_group",
        file: "task_group/block.rs",
        before: "    if !body.is_value() {\n        state.cancel_children();\n    }",
        after: "",
        law: "A cancel of the body cancels the children.",
    },
    Mutant {
        tool: "join",
        file: "in_place/wakers.rs",
        before: "            Wakers::Listed(list) if output.is_none() => list.suspend(cx, self.regions > 0),",
        after: "            Wakers::Listed(list) if output.is_none() => list.suspend(cx, false),",
        law: "A cancel of the task reaches the future of a long list that catches it.",
    },
    Mutant {
        tool: "race",
        file: "in_place/first_or_all.rs",
        before: "        this.places.clear();\n",
        after: "",
        law: "The losers are dropped before the code behind the race runs.",
    },
    Mutant {
        tool: "async_map",
        file: "streams/map.rs",
        before: "MapStage::Spawned(tasks, _) => tasks.iter().for_each(|task| _ = task.cancel()),",
        after: "MapStage::Spawned(tasks, _) => drop(tasks),",
        law: "A map that is dropped cancels its calls.",
    },
    Mutant {
        tool: "buffered",
        file: "streams/in_flight.rs",
        before: "            child.task.cancel();",
        after: "            child.task.done();",
        law: "A stream that is dropped cancels the children in flight.",
    },
    Mutant {
        tool: "borrowing_group",
        file: "task_group/borrowing/children.rs",
        before: "            Some(held) => held.merge(cancelled),\n        }\n        self.state.cancel_children();",
        after: "            Some(held) => held.merge(cancelled),\n        }",
        law: "A cancel from outside cancels the children.",
    },
];
