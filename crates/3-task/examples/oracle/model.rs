//! The oracle of cancels: computes the events that a script must have.
//!
//! The problem: this floor keeps a cancel in flags, tickets and slots, and a reader cannot see
//! at once whether all of them together do what asyncio does. So this page states all rules of
//! a cancel once more, in the simplest form, without regard to speed. It has a list of tasks,
//! each with a stack of frames, a list of promises with their waiters, and a queue. There are no
//! tickets, no wakers and no futures. A program is a *script*: tasks that are lists of operations
//! on each other and on three promises.
//!
//! ```text
//!              wake                    step
//!   Waiting ----------> queued --> runs its operations --> Waiting, queued or Done
//!
//!   cancel(t):  queued or running      -> must_cancel      (can be taken back)
//!               waits for t2           -> forwarded, cancel(t2)
//!               waits for a promise    -> forwarded, the promise ends cancelled
//!               waits for anything     -> struck, wake
//!
//!   a script ──┬── this model ────► the lines of its log, with their rounds, and its ends
//!              └── the scheduler ─► the same lines in the same rounds, and the same ends
//! ```
//!
//! The property `tasks_live_as_in_the_model` (`tests/it/props.rs`) makes random scripts and
//! runs each of them both ways, under any order of the ready queue. Before a change of the
//! floor's behaviour, change this page: it is the shorter text.
//!
//! Invariants:
//! 1. When a step finds `must_cancel` or `struck`, or is `forwarded` and the awaited has ended
//!    as cancelled, it leaves the innermost `Catch` or ends the task.
//! 2. A wake adds at most one entry for a task to the queue.
//! 3. A task that has ended wakes its waiters in the order in which they came.
//!
//! Read next: `cancel.rs`, the states of a cancel in the floor itself.

use groundup_task::trace::{Choice, Chooser, Seeded};

/// How many promises a script has.
pub(crate) const PROMISES: usize = 3;

/// One operation. Numbers of tasks and promises are taken modulo their count.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Suspend for one round.
    Yield,
    /// Suspend for ever, for something that the scheduler does not know.
    Forever,
    /// Wait for the end of a task.
    Await(usize),
    /// Wait for a promise.
    AwaitPromise(usize),
    Set(usize),
    CancelPromise(usize),
    /// Cancel a task, perhaps the running one.
    Cancel(usize),
    Uncancel(usize),
    /// Wake a task whose wait is not over.
    Wake(usize),
    /// Register a callback for the end of a task.
    Callback(usize),
    /// Spawn a task that no operation can name.
    Spawn(Vec<Op>),
    /// Run these operations in a `catch_cancel`.
    Catch(Vec<Op>),
    /// End as cancelled, or leave the innermost `Catch`.
    Raise,
    Panic,
}

/// A program: its tasks, whether each handle is kept, and the seed of the order (`None` means
/// first in, first out).
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) tasks: Vec<(Vec<Op>, bool)>,
    pub(crate) seed: Option<u64>,
}

/// The state of a task at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Pending,
    Returned,
    Cancelled,
    Panicked,
}

/// The results by which two runs of a script are compared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) log: Vec<(u64, String)>,
    /// For each of the first tasks, how it ended, if its handle was kept.
    pub(crate) ends: Vec<Option<End>>,
    /// For each of the first tasks that is not done, its number of pending cancels.
    pub(crate) cancelling: Vec<u32>,
    /// How many of the values in the tasks were dropped, and how many there were.
    pub(crate) dropped: (usize, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Task(usize),
    Promise(usize),
    Unknown,
}

#[derive(Clone, Copy)]
enum Entry {
    Task(usize),
    Callback(usize),
}

/// A list of operations and the next one. Every frame but a task's first is a `Catch`.
struct Frame {
    ops: Vec<Op>,
    at: usize,
}

/// A task.
struct Machine {
    /// Its name in the log; tasks that are spawned by tasks have none.
    name: usize,
    frames: Vec<Frame>,
    begun: bool,
    queued: bool,
    wait: Option<Target>,
    /// The next step delivers a cancel; it can be taken back until then.
    must_cancel: bool,
    /// The wait is given up, and the next step delivers the cancel.
    struck: bool,
    /// The cancel went on to the task or promise that this one waits for.
    forwarded: bool,
    cancelling: u32,
    end: End,
    waiters: Vec<Entry>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Set,
    Cancelled,
}

struct Model {
    named: usize,
    tasks: Vec<Machine>,
    promises: Vec<(State, Vec<Entry>)>,
    queue: Vec<Entry>,
    running: Option<usize>,
    round: u64,
    log: Vec<(u64, String)>,
}

/// The result of running operations.
enum Ran {
    Suspended,
    Finished(End),
}

/// Returns what a script must do.
pub(crate) fn expect(script: &Script) -> Outcome {
    let mut model = Model {
        named: script.tasks.len(),
        tasks: Vec::new(),
        promises: (0..PROMISES)
            .map(|_| (State::Pending, Vec::new()))
            .collect(),
        queue: Vec::new(),
        running: None,
        round: 0,
        log: Vec::new(),
    };
    for (name, (ops, _)) in script.tasks.iter().enumerate() {
        model.spawn(name, ops.clone());
    }
    let mut chooser = script.seed.map(Seeded::new);
    while !model.queue.is_empty() {
        model.round(chooser.as_mut());
    }
    let named = || model.tasks.iter().take(model.named);
    let kept = named().zip(&script.tasks);
    Outcome {
        ends: kept
            .map(|(task, (_, keep))| keep.then_some(task.end))
            .collect(),
        cancelling: named()
            .filter(|task| task.end == End::Pending)
            .map(|task| task.cancelling)
            .collect(),
        dropped: (model.tasks.len(), model.tasks.len()),
        log: model.log,
    }
}

impl Model {
    fn say(&mut self, text: String) {
        self.log.push((self.round, text));
    }

    fn spawn(&mut self, name: usize, ops: Vec<Op>) {
        self.tasks.push(Machine {
            name,
            frames: vec![Frame { ops, at: 0 }],
            begun: false,
            queued: true,
            wait: None,
            must_cancel: false,
            struck: false,
            forwarded: false,
            cancelling: 0,
            end: End::Pending,
            waiters: Vec::new(),
        });
        self.queue.push(Entry::Task(self.tasks.len() - 1));
    }

    fn round(&mut self, chooser: Option<&mut Seeded>) {
        self.round += 1;
        let mut entries = std::mem::take(&mut self.queue);
        if let Some(chooser) = chooser {
            for at in 0..entries.len().saturating_sub(1) {
                let chosen = chooser.choose(Choice::Ready, entries.len() - at);
                let entry = entries.remove(at + chosen);
                entries.insert(at, entry);
            }
        }
        for entry in entries {
            match entry {
                Entry::Task(task) if self.tasks[task].end == End::Pending => self.step(task),
                Entry::Task(_) => {}
                Entry::Callback(name) => self.say(format!("callback of {name}")),
            }
        }
    }

    fn tell(&mut self, waiters: Vec<Entry>) {
        for waiter in waiters {
            match waiter {
                Entry::Task(task) => self.wake(task),
                Entry::Callback(_) => self.queue.push(waiter),
            }
        }
    }

    fn wake(&mut self, task: usize) {
        let machine = &mut self.tasks[task];
        if !machine.queued && machine.end == End::Pending {
            machine.queued = true;
            self.queue.push(Entry::Task(task));
        }
    }

    fn is_done(&self, target: Target) -> bool {
        match target {
            Target::Task(task) => self.tasks[task].end != End::Pending,
            Target::Promise(promise) => self.promises[promise].0 != State::Pending,
            Target::Unknown => false,
        }
    }

    fn ended_cancelled(&self, target: Target) -> bool {
        match target {
            Target::Task(task) => self.tasks[task].end == End::Cancelled,
            Target::Promise(promise) => self.promises[promise].0 == State::Cancelled,
            Target::Unknown => false,
        }
    }

    fn step(&mut self, task: usize) {
        let wait = self.tasks[task].wait;
        let came_back = wait.is_some_and(|wait| self.ended_cancelled(wait));
        let machine = &mut self.tasks[task];
        machine.queued = false;
        let cancelled = machine.must_cancel || machine.struck || (machine.forwarded && came_back);
        let begun = std::mem::replace(&mut machine.begun, true);
        if !cancelled && wait.is_some_and(|wait| !self.is_done(wait)) {
            return; // a spurious wake: it still waits
        }
        let machine = &mut self.tasks[task];
        machine.wait = None;
        machine.must_cancel = false;
        machine.struck = false;
        machine.forwarded = false;
        self.running = Some(task);
        let ran = if cancelled && !begun {
            Ran::Finished(End::Cancelled)
        } else if cancelled {
            if let Some(wait) = wait {
                self.leave(task, wait);
            }
            self.throw(task)
        } else {
            match wait {
                Some(Target::Task(_)) => self.note(task, "task ended"),
                Some(Target::Promise(promise)) => {
                    let text = match self.promises[promise].0 {
                        State::Set => "promise set",
                        _ => "promise cancelled",
                    };
                    self.note(task, text);
                }
                _ if begun => self.note(task, "yielded"),
                _ => {}
            }
            self.go_on(task)
        };
        self.after(task, ran);
        self.running = None;
    }

    /// Removes the task from the waiters of `target`.
    fn leave(&mut self, task: usize, target: Target) {
        let waiters = match target {
            Target::Task(other) => &mut self.tasks[other].waiters,
            Target::Promise(promise) => &mut self.promises[promise].1,
            Target::Unknown => return,
        };
        let ours = |entry: &Entry| matches!(entry, Entry::Task(waiter) if *waiter == task);
        if let Some(at) = waiters.iter().position(ours) {
            waiters.remove(at);
        }
    }

    fn after(&mut self, task: usize, ran: Ran) {
        match ran {
            Ran::Finished(end) => {
                let machine = &mut self.tasks[task];
                // The task cancelled itself, and returned all the same.
                let cancelled = machine.must_cancel && end == End::Returned;
                machine.end = if cancelled { End::Cancelled } else { end };
                let waiters = std::mem::take(&mut machine.waiters);
                self.tell(waiters);
            }
            Ran::Suspended if self.tasks[task].must_cancel && !self.tasks[task].queued => {
                self.tasks[task].must_cancel = false;
                self.deliver(task);
            }
            Ran::Suspended => {}
        }
    }

    fn note(&mut self, task: usize, text: &str) {
        let name = self.tasks[task].name;
        self.say(format!("{name} {text}"));
    }

    /// Delivers a cancel: the innermost `Catch` is left, or the task ends.
    fn throw(&mut self, task: usize) -> Ran {
        self.tasks[task].frames.pop();
        if self.tasks[task].frames.is_empty() {
            return Ran::Finished(End::Cancelled);
        }
        self.note(task, "caught");
        self.go_on(task)
    }

    fn go_on(&mut self, task: usize) -> Ran {
        loop {
            let machine = &mut self.tasks[task];
            let frame = machine.frames.last_mut().expect("the body is a frame");
            let Some(op) = frame.ops.get(frame.at).cloned() else {
                machine.frames.pop();
                if machine.frames.is_empty() {
                    self.note(task, "returns");
                    return Ran::Finished(End::Returned);
                }
                self.note(task, "left");
                continue;
            };
            frame.at += 1;
            if let Some(ran) = self.one(task, op) {
                return ran;
            }
        }
    }

    fn wait_for(&mut self, task: usize, target: Target) -> Option<Ran> {
        if self.is_done(target) {
            let text = match target {
                Target::Promise(p) if self.promises[p].0 == State::Cancelled => "promise cancelled",
                Target::Promise(_) => "promise set",
                _ => "task ended",
            };
            self.note(task, text);
            return None;
        }
        match target {
            Target::Task(other) if other == task => return Some(Ran::Finished(End::Panicked)),
            Target::Task(other) => self.tasks[other].waiters.push(Entry::Task(task)),
            Target::Promise(promise) => self.promises[promise].1.push(Entry::Task(task)),
            Target::Unknown => {}
        }
        self.tasks[task].wait = Some(target);
        Some(Ran::Suspended)
    }

    fn one(&mut self, task: usize, op: Op) -> Option<Ran> {
        let (named, name) = (self.named, self.tasks[task].name);
        match op {
            Op::Yield => {
                self.wake(task);
                return Some(Ran::Suspended);
            }
            Op::Forever => return self.wait_for(task, Target::Unknown),
            Op::Await(other) => return self.wait_for(task, Target::Task(other % named)),
            Op::AwaitPromise(p) => return self.wait_for(task, Target::Promise(p % PROMISES)),
            Op::Set(p) => {
                let done = self.finish_promise(p % PROMISES, State::Set);
                self.note(task, &format!("set {done}"));
            }
            Op::CancelPromise(p) => {
                let done = self.finish_promise(p % PROMISES, State::Cancelled);
                self.note(task, &format!("cancel promise {done}"));
            }
            Op::Cancel(other) => {
                let accepted = self.cancel(other % named);
                self.note(task, &format!("cancel {accepted}"));
            }
            Op::Uncancel(other) => {
                let machine = &mut self.tasks[other % named];
                let done = machine.end != End::Pending;
                machine.cancelling = machine.cancelling.saturating_sub(1);
                machine.must_cancel &= machine.cancelling > 0;
                // The handle of a task that has ended may know the count or not, so it is not
                // compared.
                let left = if done {
                    "done".to_string()
                } else {
                    machine.cancelling.to_string()
                };
                self.note(task, &format!("uncancel {left}"));
            }
            Op::Wake(other) => {
                if self.tasks[other % named].begun {
                    self.wake(other % named);
                }
                self.note(task, "wake");
            }
            Op::Callback(other) => {
                let callback = Entry::Callback(name);
                match self.tasks[other % named].end {
                    End::Pending => self.tasks[other % named].waiters.push(callback),
                    _ => self.queue.push(callback),
                }
                self.note(task, "add callback");
            }
            Op::Spawn(ops) => {
                self.spawn(usize::MAX, ops);
                self.note(task, "spawn");
            }
            Op::Catch(ops) => self.tasks[task].frames.push(Frame { ops, at: 0 }),
            Op::Raise => return Some(self.throw(task)),
            Op::Panic => return Some(Ran::Finished(End::Panicked)),
        }
        None
    }

    fn finish_promise(&mut self, promise: usize, state: State) -> bool {
        if self.promises[promise].0 != State::Pending {
            return false;
        }
        self.promises[promise].0 = state;
        let waiters = std::mem::take(&mut self.promises[promise].1);
        self.tell(waiters);
        true
    }

    fn cancel(&mut self, task: usize) -> bool {
        let machine = &mut self.tasks[task];
        if machine.end != End::Pending {
            return false;
        }
        machine.cancelling += 1;
        if machine.queued || self.running == Some(task) {
            machine.must_cancel = true;
        } else {
            self.deliver(task);
        }
        true
    }

    fn deliver(&mut self, task: usize) {
        let (mut task, mut passed) = (task, Vec::new());
        while let Some(wait) = self.tasks[task].wait.filter(|wait| !self.is_done(*wait)) {
            match wait {
                Target::Unknown => break,
                Target::Promise(promise) => {
                    self.tasks[task].forwarded = true;
                    self.finish_promise(promise, State::Cancelled);
                    return;
                }
                Target::Task(other) => {
                    passed.push(task);
                    if passed.contains(&other) {
                        break;
                    }
                    self.tasks[task].forwarded = true;
                    let awaited = &mut self.tasks[other];
                    awaited.cancelling += 1;
                    if awaited.queued || self.running == Some(other) {
                        awaited.must_cancel = true;
                        return;
                    }
                    task = other;
                }
            }
        }
        self.wake(task);
        self.tasks[task].struck = true;
        self.tasks[task].forwarded = false;
    }
}
