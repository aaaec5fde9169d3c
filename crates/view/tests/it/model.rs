//! The dullest model of a run: event after event, all in lists.
//!
//! Invariant: nothing here looks at a timeline.
//!
//! Read next: `props.rs`.

use groundup_trace::{Cause, Event, TaskId, Verb, Wait};

/// A task and its activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) task: TaskId,
    pub(crate) doing: &'static str,
    since: usize,
    woken: bool,
    /// The time since which the task is ready.
    ready: u64,
}

/// A run so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) rows: Vec<Row>,
    /// The armed timers: number, deadline, and the time at which it was armed.
    pub(crate) timers: Vec<(u64, u64, u64)>,
    /// The fired timers and their deadlines.
    fired: Vec<(u64, u64)>,
    /// The awaits that the last step of a task has left unpolled.
    pub(crate) unpolled: Vec<(TaskId, u64)>,
    /// The task that has yielded, if no event of another kind has come since.
    yielded: Option<TaskId>,
    clock: u64,
    /// The sum of all delays.
    pub(crate) delays: u128,
}

fn same(one: &TaskId, other: &TaskId) -> bool {
    one.number == other.number && (one.number != 0 || one.name == other.name)
}

impl Model {
    fn row(&mut self, task: &TaskId) -> &mut Row {
        let known = self.rows.iter().position(|row| same(&row.task, task));
        let known = known.unwrap_or_else(|| {
            self.rows.push(Row {
                task: task.clone(),
                doing: "nothing",
                since: usize::MAX,
                woken: false,
                ready: 0,
            });
            self.rows.len() - 1
        });
        &mut self.rows[known]
    }

    /// Reads the next event, which has number `at`.
    pub(crate) fn read(&mut self, at: usize, event: &Event, woken_by_timer: &[u64]) {
        self.clock = self.clock.max(event.time);
        let clock = self.clock;
        match event.verb {
            Verb::Arm { timer, at } => {
                self.timers.retain(|(known, ..)| *known != timer);
                self.timers.push((timer, at, clock));
            }
            Verb::Fire { timer } | Verb::Disarm { timer } => {
                let known = self.timers.iter().position(|(known, ..)| *known == timer);
                if let (Some(known), Verb::Fire { .. }) = (known, &event.verb) {
                    let (_, deadline, armed) = self.timers[known];
                    self.fired.retain(|(known, _)| *known != timer);
                    self.fired.push((timer, deadline));
                    if !woken_by_timer.contains(&timer) {
                        self.delays += u128::from(clock.saturating_sub(deadline.max(armed)));
                    }
                }
                self.timers.retain(|(known, ..)| *known != timer);
            }
            _ => {}
        }
        let yielded = self.yielded.take();
        let Some(task) = &event.task else { return };
        if let Verb::Unpolled { promise } = event.verb {
            if let Some(yielded) = yielded.filter(|yielded| same(yielded, task)) {
                self.unpolled.push((task.clone(), promise));
                self.yielded = Some(yielded);
            }
            return;
        }
        let fired = self.fired.clone();
        let row = self.row(task);
        let before = (row.doing, row.ready);
        let became = match &event.verb {
            Verb::Spawn { .. } => Some("ready"),
            Verb::Step => Some("runs"),
            Verb::Yield { .. } if row.woken => Some("ready"),
            Verb::Yield { on: Wait::Nothing } => Some("ready"),
            Verb::Yield {
                on: Wait::Timer { .. },
            } => Some("asleep"),
            Verb::Yield { .. } => Some("waits"),
            Verb::Wake { .. } if row.doing == "runs" => {
                row.woken = true;
                None
            }
            Verb::Wake { .. } if ["ready", "ended"].contains(&row.doing) => None,
            Verb::Wake { .. } => Some("ready"),
            Verb::Done { .. } => Some("ended"),
            _ => None,
        };
        let Some(became) = became else { return };
        self.unpolled.retain(|(of, _)| !same(of, task));
        if matches!(event.verb, Verb::Yield { .. }) && became != "ready" {
            self.yielded = Some(task.clone());
        }
        let row = self.row(task);
        row.ready = clock;
        if let Verb::Wake {
            by: Cause::Timer(timer),
        } = event.verb
            && row.since != usize::MAX
        {
            let deadline = fired.iter().find(|(known, _)| *known == timer);
            let since = before.1;
            row.ready = deadline.map_or(clock, |(_, at)| clock.min(since.max(*at)));
        }
        if before.0 == "ready" {
            self.delays += u128::from(clock - before.1);
        }
        let row = self.row(task);
        (row.doing, row.since) = (became, at);
        row.woken = false;
    }

    /// Ends the run: a task that is still ready was delayed until now.
    pub(crate) fn end(&mut self) {
        for row in self.rows.iter().filter(|row| row.doing == "ready") {
            self.delays += u128::from(self.clock - row.ready);
        }
    }

    /// Returns the names of the ready tasks, the one that is ready longest first.
    pub(crate) fn ready(&self) -> Vec<TaskId> {
        let mut ready: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.doing == "ready")
            .collect();
        ready.sort_by_key(|row| row.since);
        ready.into_iter().map(|row| row.task.clone()).collect()
    }
}
