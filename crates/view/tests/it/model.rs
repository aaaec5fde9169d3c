//! The dullest model of a run: event after event, all in lists.
//!
//! Invariant: nothing here looks at a timeline.
//!
//! Read next: `moments.rs`.

use groundup_trace::{Cause, Event, Outcome, TaskId, Verb, Wait};

/// The activity of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Nothing,
    Ready,
    Runs,
    Asleep(u64),
    Waits(Wait),
    Ended,
}

/// A task and its activity.
#[derive(Clone, Debug)]
struct Row {
    task: TaskId,
    act: Act,
    /// The time at which the activity began; of a ready task, at which it should have begun.
    since: u64,
    woken: bool,
    /// How the task has ended for the first time.
    ended: Option<Outcome>,
}

/// The whole state at one moment. A task is the number of its row: the first one that the run names has 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    /// The activity of each task, and how it has ended.
    pub(crate) tasks: Vec<(Act, Option<Outcome>)>,
    pub(crate) running: Option<usize>,
    /// The ready tasks, the one that is ready longest first.
    pub(crate) ready: Vec<usize>,
    /// The armed timers: deadline, number, owner.
    pub(crate) timers: Vec<(u64, u64, Option<usize>)>,
    /// The promises that are not set and the callbacks that have not run: name, owner.
    pub(crate) pending: Vec<(String, Option<usize>)>,
    /// The tasks that wait: for whom, and whether in a circle.
    pub(crate) waits: Vec<(usize, Option<usize>, bool)>,
    pub(crate) circles: Vec<Vec<usize>>,
    /// The awaits that the last step of a task has left unpolled.
    pub(crate) unpolled: Vec<(usize, u64)>,
    pub(crate) parked: Option<Option<u64>>,
}

/// A run so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    rows: Vec<Row>,
    ready: Vec<usize>,
    /// The armed timers: number, deadline, the time at which it was armed, owner.
    timers: Vec<(u64, u64, u64, Option<usize>)>,
    /// The fired timers and their deadlines.
    fired: Vec<(u64, u64)>,
    pending: Vec<(String, Option<usize>)>,
    unpolled: Vec<(usize, u64)>,
    /// The task that has yielded, if no event of another kind has come since.
    yielded: Option<usize>,
    /// The row of the callbacks, if one has run.
    callbacks: Option<usize>,
    parked: Option<Option<u64>>,
    clock: u64,
    /// The sum of all delays.
    pub(crate) delays: u128,
}

/// Returns the other task that an event names.
fn other(verb: &Verb) -> Option<&TaskId> {
    match verb {
        Verb::Spawn { by } | Verb::Cancel { by } => by.as_ref(),
        Verb::Wake {
            by: Cause::Task(task),
        } => Some(task),
        Verb::Yield { on } => awaited(on),
        _ => None,
    }
}

/// Returns the task that ends a wait.
fn awaited(on: &Wait) -> Option<&TaskId> {
    match on {
        Wait::Task(task) => Some(task),
        Wait::Held { by, .. } => by.as_ref(),
        _ => None,
    }
}

/// Returns true if any event is such a wake.
fn wakes(events: &[Event], by: impl Fn(&Cause) -> bool) -> bool {
    let wake = |event: &Event| matches!(&event.verb, Verb::Wake { by: cause } if by(cause));
    events.iter().any(wake)
}

/// Follows each wait to its end, or to a task that it has met before.
fn circles(waits: &[(usize, Option<usize>)]) -> Vec<Vec<usize>> {
    let next = |row: usize| waits.iter().find(|(from, _)| *from == row)?.1;
    let mut circles: Vec<Vec<usize>> = Vec::new();
    for (start, _) in waits {
        let (mut path, mut closed) = (vec![*start], None);
        while closed.is_none()
            && let Some(to) = next(path[path.len() - 1])
        {
            closed = path.iter().position(|row| *row == to);
            path.push(to);
        }
        let Some(from) = closed else { continue };
        let circle = &path[from..path.len() - 1];
        if !circles.iter().any(|known| known.contains(&circle[0])) {
            circles.push(circle.to_vec());
        }
    }
    circles
}

impl Model {
    fn find(&self, task: &TaskId) -> Option<usize> {
        let same = |row: &Row| {
            let number = row.task.number == task.number;
            number && (task.number != 0 || row.task.name == task.name)
        };
        self.rows.iter().position(same)
    }

    fn row(&mut self, task: &TaskId) -> usize {
        self.find(task).unwrap_or_else(|| {
            self.rows.push(Row {
                task: task.clone(),
                act: Act::Nothing,
                since: 0,
                woken: false,
                ended: None,
            });
            self.rows.len() - 1
        })
    }

    /// Reads event `at`.
    pub(crate) fn read(&mut self, events: &[Event], at: usize) {
        let event = &events[at];
        self.clock = self.clock.max(event.time);
        let own = event.task.as_ref().map(|task| self.row(task));
        other(&event.verb).map(|task| self.row(task));
        if let Some(callbacks) = self.callbacks {
            self.rows[callbacks].act = Act::Nothing;
        }
        self.things(events, own, &event.verb);
        self.parked = match event.verb {
            Verb::Park { until } => Some(until),
            _ => None,
        };
        let yielded = self.yielded.take();
        match (own, &event.verb) {
            (Some(row), Verb::Unpolled { promise }) if yielded == own => {
                self.unpolled.push((row, *promise));
                self.yielded = yielded;
            }
            (Some(row), verb) => self.task(row, verb),
            (None, _) => {}
        }
        let passes = |cause: &Cause| matches!(cause, Cause::Callback(_) | Cause::Io(_));
        let passes = wakes(events.get(at + 1..at + 2).unwrap_or_default(), passes);
        let alone = events.iter().all(|event| event.task.is_none());
        let arms = |event: &Event| event.task.is_none() && matches!(event.verb, Verb::Arm { .. });
        let shown = alone || events.iter().any(arms);
        if shown && !passes && matches!(event.verb, Verb::Run { .. }) {
            let row = self.row(&TaskId::new(0, "callbacks"));
            self.callbacks = Some(row);
            self.rows[row].act = Act::Runs;
        }
    }

    /// Begins and ends timers, promises and callbacks.
    fn things(&mut self, events: &[Event], own: Option<usize>, verb: &Verb) {
        let clock = self.clock;
        match *verb {
            Verb::Arm { timer, at } => {
                self.timers.retain(|(known, ..)| *known != timer);
                self.timers.push((timer, at, clock, own));
            }
            Verb::Fire { timer } | Verb::Disarm { timer } => {
                let known = self.timers.iter().position(|(known, ..)| *known == timer);
                if let (Some(known), Verb::Fire { .. }) = (known, verb) {
                    let (_, deadline, armed, _) = self.timers[known];
                    self.fired.retain(|(known, _)| *known != timer);
                    self.fired.push((timer, deadline));
                    if !wakes(events, |cause| *cause == Cause::Timer(timer)) {
                        self.delays += u128::from(clock.saturating_sub(deadline.max(armed)));
                    }
                }
                self.timers.retain(|(known, ..)| *known != timer);
            }
            _ => {}
        }
        let (name, begins) = match *verb {
            Verb::Make { promise } => (format!("promise#{promise}"), true),
            Verb::Set { promise, .. } => (format!("promise#{promise}"), false),
            Verb::Call { callback } => (format!("callback#{callback}"), true),
            Verb::Run { callback } | Verb::Drop { callback } => {
                (format!("callback#{callback}"), false)
            }
            _ => return,
        };
        self.pending.retain(|(known, _)| *known != name);
        if begins {
            self.pending.push((name, own));
        }
    }

    /// Moves a task from one activity to the next.
    fn task(&mut self, at: usize, verb: &Verb) {
        let clock = self.clock;
        let row = &mut self.rows[at];
        let became = match verb {
            Verb::Spawn { .. } => Act::Ready,
            Verb::Step => Act::Runs,
            Verb::Yield { .. } if row.woken => Act::Ready,
            Verb::Yield { on } => match on {
                Wait::Nothing => Act::Ready,
                Wait::Timer { at } => Act::Asleep(*at),
                on => Act::Waits(on.clone()),
            },
            Verb::Wake { .. } => match row.act {
                Act::Runs => {
                    row.woken = true;
                    return;
                }
                Act::Ready | Act::Ended => return,
                _ => Act::Ready,
            },
            Verb::Done { how } => {
                row.ended.get_or_insert(*how);
                Act::Ended
            }
            _ => return,
        };
        self.unpolled.retain(|(of, _)| *of != at);
        self.ready.retain(|of| *of != at);
        match became {
            Act::Ready => self.ready.push(at),
            Act::Asleep(_) | Act::Waits(_) => self.yielded = Some(at),
            _ => {}
        }
        if row.act == Act::Ready {
            self.delays += u128::from(clock - row.since);
        }
        let mut since = clock;
        if let Verb::Wake {
            by: Cause::Timer(timer),
        } = verb
            && row.act != Act::Nothing
        {
            let deadline = self.fired.iter().find(|(known, _)| known == timer);
            since = deadline.map_or(clock, |(_, at)| clock.min(row.since.max(*at)));
        }
        (row.act, row.since, row.woken) = (became, since, false);
    }

    /// Ends the run: a task that is still ready was delayed until now.
    pub(crate) fn end(&mut self) {
        for row in self.rows.iter().filter(|row| row.act == Act::Ready) {
            self.delays += u128::from(self.clock - row.since);
        }
    }

    /// Returns the tasks, in the order in which the run names them.
    pub(crate) fn tasks(&self) -> Vec<&TaskId> {
        self.rows.iter().map(|row| &row.task).collect()
    }

    /// Returns the whole state, of so many tasks: of some, the run may only speak later.
    pub(crate) fn whole(&self, tasks: usize) -> Whole {
        let rows = self.rows.iter().map(|row| (row.act.clone(), row.ended));
        let mut all: Vec<_> = rows.collect();
        all.resize(tasks, (Act::Nothing, None));
        let waits = self.rows.iter().enumerate();
        let waits = waits.filter_map(|(number, row)| match &row.act {
            Act::Waits(on) => Some((number, awaited(on).and_then(|task| self.find(task)))),
            _ => None,
        });
        let waits: Vec<_> = waits.collect();
        let circles = circles(&waits);
        let within = |row: usize| circles.iter().any(|circle| circle.contains(&row));
        let timers = self.timers.iter();
        let timers = timers.map(|&(number, at, _, owner)| (at, number, owner));
        let (mut timers, mut unpolled): (Vec<_>, _) = (timers.collect(), self.unpolled.clone());
        timers.sort_unstable();
        unpolled.sort_by_key(|(row, _)| *row);
        Whole {
            running: all.iter().position(|(act, _)| *act == Act::Runs),
            tasks: all,
            ready: self.ready.clone(),
            timers,
            pending: self.pending.clone(),
            waits: waits
                .iter()
                .map(|&(from, to)| (from, to, within(from)))
                .collect(),
            circles,
            unpolled,
            parked: self.parked,
        }
    }
}
