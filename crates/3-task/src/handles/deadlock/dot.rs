//! Draws a deadlock as a graph, in DOT.
//!
//! The problem: a list of twenty tasks hides the two that matter. Graphviz and many editors draw a
//! text in DOT, and a circle in a drawing is seen at once.
//!
//! ```text
//!   payer ──────► payee        an arrow leads from a task to the task for which it waits;
//!     ▲             │          arrows of a circle are red
//!     └─────────────┘          a task that waits for no task has its wait as a second line
//! ```
//!
//! Invariants:
//! 1. All tasks are nodes, also those that the text does not name.
//! 2. A name is quoted, so no name can end a label.
//!
//! Read next: `handles/deadlock/circles.rs`.

use std::fmt::Write;

use groundup_interweave::trace::Visible;

use crate::handles::deadlock::Deadlock;

impl Deadlock {
    /// Returns the graph of the tasks that wait, in DOT.
    ///
    /// ```
    /// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
    /// use groundup::{EventLoop, Promise, RunError, spawn_named};
    ///
    /// let event_loop = EventLoop::builder().virtual_time().build();
    /// let ended = event_loop.run_until_complete(async {
    ///     let promise = Promise::<()>::new();
    ///     let cook = spawn_named("cook", promise.clone().into_future());
    ///     let meal = spawn_named("guest", cook.join()).await;
    ///     drop((meal, promise));
    /// });
    /// let Err(RunError::Deadlock(deadlock)) = ended else { panic!("it ended") };
    /// let dot = deadlock.dot();
    /// assert!(dot.contains(r#"label="cook\nwaits for promise 1"#), "{dot}");
    /// assert!(dot.contains("t2 -> t0;"), "the guest waits for the cook: {dot}");
    /// ```
    pub fn dot(&self) -> String {
        let mut dot = String::from("digraph waits {\n  node [shape=box, style=rounded];\n");
        let mut around = vec![false; self.stuck.len()];
        for (from, _, in_circle) in &self.edges {
            around[*from] |= in_circle;
        }
        for (place, stuck) in self.stuck.iter().enumerate() {
            let red = if around[place] { ", color=red" } else { "" };
            let mut wait = String::new();
            let _ = stuck.says(&mut wait); // writing into a string does not fail
            let label = format!("{}\\n{}", escaped(&stuck.task), escaped(&wait));
            let _ = writeln!(dot, "  t{place} [label=\"{label}\"{red}];");
        }
        for (from, to, in_circle) in &self.edges {
            let red = if *in_circle { " [color=red]" } else { "" };
            let _ = writeln!(dot, "  t{from} -> t{to}{red};");
        }
        dot + "}\n"
    }
}

/// Returns a text as a part of a string of the DOT language.
fn escaped(text: &str) -> String {
    let text = Visible(text).to_string();
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
