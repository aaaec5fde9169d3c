//! Writes the tasks that wait for each other as a graph, in DOT.
//!
//! The problem: a list of twenty waits hides the two that matter. Graphviz and many
//! editors draw a text in DOT, and a circle in a drawing is seen at once.
//!
//! ```text
//!   payer ──lock A──► cook ──lock B──┐
//!     ▲                              │      both arrows are red
//!     └──────────────────────────────┘
//! ```
//!
//! Invariants
//! 1. A state gives the same text each time.
//! 2. Each name has quotes around it, so no name can end a label.
//!
//! Read next: `text.rs`.

use std::fmt::Write;

use crate::state::State;
use crate::timeline::Timeline;

impl Timeline {
    /// Returns the graph of the tasks that wait, at the last moment before the loop was
    /// closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup_view::Timeline;
    ///
    /// let timeline = Timeline::read("# groundup-trace 1
    ///   0.000  0  spawn  main    #1
    ///   0.000  0  spawn  worker  #2
    ///   0.000  1  step   main
    ///   0.000  1  yield  main    on task worker")?;
    /// assert_eq!(timeline.dot(), r#"digraph waits {
    ///   node [shape=box, style=rounded, fontname="sans-serif"];
    ///   edge [fontname="sans-serif", fontsize=11];
    ///   t0 [label="main"];
    ///   t1 [label="worker"];
    ///   t0 -> t1 [label=""];
    /// }
    /// "#);
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn dot(&self) -> String {
        self.at(self.last_moment()).dot()
    }
}

impl State<'_> {
    /// Returns the graph of the tasks that wait at this moment. Edges of a circle are red. A task that
    /// has not polled an await which was woken is orange.
    pub fn dot(&self) -> String {
        let waits = self.waits();
        let mut dot = String::from("digraph waits {\n");
        dot.push_str("  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
        dot.push_str("  edge [fontname=\"sans-serif\", fontsize=11];\n");
        let (mut nodes, mut things) = (Vec::new(), Vec::new());
        let unpolled = self.unpolled();
        nodes.extend(unpolled.iter().map(|(lane, _)| (*lane, false)));
        for edge in &waits {
            nodes.push((edge.from, edge.in_circle));
            nodes.extend(edge.to.map(|to| (to, edge.in_circle)));
            if edge.to.is_none() && !things.contains(&edge.what) {
                things.push(edge.what.clone());
            }
        }
        // A lane in a circle comes first, so that the first of equal lanes is kept.
        nodes.sort_by_key(|&(lane, in_circle)| (lane, !in_circle));
        nodes.dedup_by_key(|(lane, _)| *lane);
        for (lane, in_circle) in nodes {
            let own = unpolled.iter().filter(|(of, _)| *of == lane);
            let mut label = quoted(self.label(lane));
            for (_, promise) in own {
                label.pop();
                label += &format!("\\npromise#{promise} is set, not polled\"");
            }
            let color = match (in_circle, unpolled.iter().any(|(of, _)| *of == lane)) {
                (true, _) => ", color=red",
                (_, true) => ", color=orange",
                _ => "",
            };
            let _ = writeln!(dot, "  t{lane} [label={label}{color}];");
        }
        for (number, thing) in things.iter().enumerate() {
            let label = quoted(thing);
            let _ = writeln!(dot, "  w{number} [label={label}, shape=plaintext];");
        }
        for edge in &waits {
            let red = if edge.in_circle { "color=red, " } else { "" };
            let _ = match edge.to {
                Some(to) => {
                    let label = between(&edge.what, self.label(to));
                    writeln!(dot, "  t{} -> t{to} [{red}label={label}];", edge.from)
                }
                None => {
                    let number = things.iter().position(|thing| *thing == edge.what);
                    writeln!(dot, "  t{} -> w{};", edge.from, number.unwrap_or(0))
                }
            };
        }
        dot.push_str("}\n");
        dot
    }
}

/// Returns the label of an arrow to a task: the wait without the name of the task, to which the arrow points.
fn between(what: &str, task: &str) -> String {
    let held = what.strip_suffix(task);
    let thing = held.and_then(|what| what.strip_suffix(" held by "));
    match (thing, held) {
        (Some(thing), _) => quoted(&format!(" {thing} ")),
        (None, Some("")) => quoted(""),
        _ => quoted(what),
    }
}

/// Returns a string of the DOT language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
