//! The mutants: small faults of floor 5, each in another tool.
//!
//! The problem: a check that finds nothing in correct code may be blunt. Each mutant takes one line away
//! that a law needs, as a tired author or a merge would. `cargo xtask mutants` shows that the kit finds
//! each of them. A test of the repository holds that each edit still fits the code.
//!
//! Invariants
//! 1. `before` stands behind `at` in its file exactly once, and `after` differs from it.
//! 2. Both are whole statements, or both are whole expressions: each is the body of a branch of an `if`.
//! 3. A mutant that the kit does not find stays: the laws or the scenes of the kit get sharper.
//!
//! Read next: `programs.rs`, the source programs.

/// One fault.
#[derive(Debug)]
pub struct Mutant {
    /// The tool that is broken.
    pub tool: &'static str,
    /// The file, in `crates/5-combinators/src`.
    pub file: &'static str,
    /// The code in front of the fault, as far as it tells the place.
    pub at: &'static str,
    /// The correct statements, or the correct expression.
    pub before: &'static str,
    /// What takes their place.
    pub after: &'static str,
    /// The law that the fault breaks.
    pub law: &'static str,
}

impl Mutant {
    /// Returns the text of a file with the mutant beside the correct code: `variable` tells at the run which
    /// of the two counts. `None` if the mutant does not fit.
    #[must_use]
    pub fn planted(&self, text: &str, variable: &str) -> Option<String> {
        let place = format!("{}{}", self.at, self.before);
        if text.matches(&place).count() != 1 {
            return None;
        }
        let (at, tool, before, after) = (self.at, self.tool, self.before, self.after);
        let chosen = format!("std::env::var_os({variable:?}).is_some_and(|it| it == {tool:?})");
        let both = format!("{at}if {chosen} {{ {after} }} else {{ {before} }}");
        Some(text.replace(&place, &both))
    }
}

/// All mutants.
pub const MUTANTS: [Mutant; 13] = [
    Mutant {
        tool: "gather",
        file: "gather/result.rs",
        at: "",
        before: "result.cancel_accepted.set(true);",
        after: "result.cancel_accepted.set(false);",
        law: "A gather that was cancelled ends as cancelled: it returns no result to its awaiter.",
    },
    Mutant {
        tool: "gather, dropped",
        file: "gather.rs",
        at: "!closing && !self.promise.done() {\n            ",
        before: "self.promise.cancel();",
        after: "",
        law: "A gather that is dropped cancels its children.",
    },
    Mutant {
        tool: "wait",
        file: "wait/one_wait.rs",
        at: "",
        before: "timer.cancel();",
        after: "drop(timer);",
        law: "A wait leaves no timer in the loop.",
    },
    Mutant {
        tool: "as_completed",
        file: "as_completed/reader.rs",
        at: "",
        before: "completions.line.wake_next();",
        after: "",
        law: "If a reader was woken for a result and is cancelled, the next reader is woken for it.",
    },
    Mutant {
        tool: "wait_for",
        file: "timeout/wait_for.rs",
        at: "",
        before: "task.cancel();",
        after: "",
        law: "A wait_for without time cancels its future before it waits for the end of it.",
    },
    Mutant {
        tool: "timeout",
        file: "timeout.rs",
        at: "        if self.entered {\n            ",
        before: "self.abandon();",
        after: "",
        law: "A timeout that is dropped closes its scope and unsets its alarm.",
    },
    Mutant {
        tool: "shield",
        file: "shield.rs",
        at: "",
        before: "if Scheduler::holds_back(cx) {\n            return Poll::Pending;\n        }",
        after: "",
        law: "A cancel that meets a result in one iteration wins.",
    },
    Mutant {
        tool: "task_group",
        file: "task_group/block.rs",
        at: "    if !body.is_value() {\n        ",
        before: "state.cancel_children();",
        after: "",
        law: "A cancel of the body cancels the children.",
    },
    Mutant {
        tool: "join",
        file: "in_place/wakers.rs",
        at: "",
        before: "ListedPolls::suspend(self, cx, regions);",
        after: "ListedPolls::suspend(self, cx, false);",
        law: "A cancel of the task reaches the future of a long list that catches it.",
    },
    Mutant {
        tool: "race",
        file: "in_place/first_or_all.rs",
        at: "",
        before: "places.as_mut().clear();",
        after: "",
        law: "The losers are dropped before the code behind the race runs.",
    },
    Mutant {
        tool: "async_map",
        file: "streams/map.rs",
        at: "MapStage::Spawned(tasks, _) => ",
        before: "tasks.iter().for_each(|task| _ = task.cancel())",
        after: "",
        law: "A map that is dropped cancels its calls.",
    },
    Mutant {
        tool: "buffered",
        file: "streams/in_flight.rs",
        at: "",
        before: "child.task.cancel();",
        after: "",
        law: "A stream that is dropped cancels the children in flight.",
    },
    Mutant {
        tool: "borrowing_group",
        file: "task_group/borrowing/children.rs",
        at: "Some(held) => held.merge(cancelled),\n        }\n        ",
        before: "self.state.cancel_children();",
        after: "",
        law: "A cancel from outside cancels the children.",
    },
];
