//! The first version of a picture: one line a task.
//!
//! A step begins `█`, a yield begins `─`, an end puts `■`. The costs are on the front page
//! of the crate.
//!
//! Read next: `timeline.rs`.

use std::collections::BTreeMap;

use groundup_trace::{TraceError, Verb, read_trace};

/// Two sleepers: one of them works for two seconds first.
pub(crate) const TRACE: &str = "# groundup-trace 1
    0.000  0  spawn  kettle  #1
    0.000  0  spawn  cook    #2
    0.000  1  step   kettle
    0.000  1  yield  kettle  on timer at 3.000
    0.000  1  step   cook
    2.000  1  yield  cook    on timer at 4.000
    3.000  1  wake   kettle  by timer#1
    3.000  2  step   kettle
    3.000  2  done   kettle  returned
    4.000  2  wake   cook    by timer#2
    4.000  3  step   cook
    4.000  3  done   cook    returned";

const WIDTH: u64 = 60;

/// Draws a trace, one line a task.
pub(crate) fn picture(trace: &str) -> Result<String, TraceError> {
    let events = read_trace(trace)?;
    let length = events.last().map_or(1, |event| event.time);
    let column = |time: u64| (time * WIDTH / length) as usize;
    // The line of each task, by its number, and the character that it draws now.
    let mut lines: BTreeMap<u64, (String, Vec<char>, char)> = BTreeMap::new();
    for event in &events {
        let Some(task) = &event.task else { continue };
        let blank = || (task.name.to_string(), Vec::new(), ' ');
        let (_, line, doing) = lines.entry(task.number).or_insert_with(blank);
        line.resize(column(event.time).max(line.len()), *doing);
        match event.verb {
            Verb::Step => *doing = '█',
            Verb::Yield { .. } => *doing = '─',
            Verb::Done { .. } => line.push('■'),
            _ => {}
        }
    }
    let line = |(name, line, _): &(String, Vec<char>, char)| {
        let line: String = line.iter().collect();
        format!("{name:8}{line}\n")
    };
    Ok(lines.values().map(line).collect())
}

#[allow(dead_code)]
pub(crate) fn main() -> Result<(), TraceError> {
    print!("{}", picture(TRACE)?);
    Ok(())
}
