//! A reference interpreter of the iteration rules, and programs for it.
//!
//! The problem: the loop has a ladder, tickets, slots and boxes, and its order must be that
//! of a simple loop with a list of ready entries and a sorted list of timers. This file is
//! the simple loop, in a hundred lines, for programs that are data. The same program, as
//! futures, runs on the real one.
//!
//! ```text
//!   iteration:  nothing ready? the clock jumps to the first deadline
//!               due timers join the ready list
//!               the entries that are ready now run; the entries that they make
//!               ready are for the next iteration
//! ```
//!
//! It also has the messages of debug mode about steps that let time pass, with those that they held up.
//!
//! Invariant: this file uses nothing of the loop's code, not even a constant.
//!
//! Read next: `props.rs`.
#![allow(dead_code, unreachable_pub)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// One operation of a task.
#[derive(Clone, Debug)]
pub enum Op {
    /// Yields, so that every other ready entry runs first.
    Yield,
    /// Sleeps for this number of ms.
    Sleep(u64),
    /// Lets this number of ms pass without suspending.
    Block(u64),
    /// Starts a child.
    Spawn(Rc<[Op]>),
    /// Awaits the oldest child that it has not awaited.
    Join,
    /// Cancels the youngest child that it has not awaited.
    Cancel,
    /// Schedules a callback soon, which schedules the next one, this number of times.
    Soon(u8),
    /// Schedules a callback after this number of ms.
    Later(u64),
    /// Cancels the youngest `Later` of its own.
    Forget,
}

/// Returns a line of the log, as the real loop and the reference both write it.
pub fn line(now_ms: u64, iteration: u64, what: &str) -> String {
    format!("{now_ms} {iteration} {what}")
}

/// Returns a number of ms as seconds.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

#[derive(Clone)]
enum Entry {
    /// A step of the task.
    Step(usize),
    /// The callback of a sleeper's timer: wakes the task.
    Wake(usize),
    /// A callback of the program: its name, how many more it schedules, and the
    /// number of its timer.
    Call(String, u8, u64),
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Alive,
    Cancelled,
    Returned,
}

struct Task {
    name: String,
    ops: Rc<[Op]>,
    next: usize,
    state: State,
    /// A step of the task stands in the ready list.
    scheduled: bool,
    /// A cancel is to be delivered at the next step.
    cancel: bool,
    /// The key of the timer that the task sleeps on.
    timer: Option<(u64, u64)>,
    /// The awaited child, and true if a cancel was passed on to it.
    awaits: Option<usize>,
    forwarded: bool,
    waiter: Option<usize>,
    children: Vec<usize>,
    handles: Vec<(u64, u64)>,
    calls: u32,
}

/// The state of the reference loop.
#[derive(Default)]
pub struct Reference {
    now: u64,
    iteration: u64,
    /// The entries of this iteration that have not run.
    rest: VecDeque<Entry>,
    ready: Vec<Entry>,
    timers: BTreeMap<(u64, u64), Entry>,
    set: u64,
    forgotten: BTreeSet<u64>,
    tasks: Vec<Task>,
    pub log: Vec<String>,
    /// The messages about the steps that let time pass.
    pub slow: Vec<String>,
}

impl Reference {
    /// Returns the time at the end, in ms.
    pub fn now_ms(&self) -> u64 {
        self.now
    }
}

impl Reference {
    /// Runs a program until nothing can happen any more.
    pub fn run(ops: &Rc<[Op]>) -> Self {
        let mut reference = Reference::default();
        reference.spawn("t".into(), ops);
        while !reference.ready.is_empty() || !reference.timers.is_empty() {
            reference.iterate();
        }
        reference
    }

    fn iterate(&mut self) {
        self.iteration += 1;
        if self.ready.is_empty() {
            let first = self.timers.keys().next().expect("something is left to do");
            self.now = self.now.max(first.0);
        }
        let later = self.timers.split_off(&(self.now, u64::MAX));
        let due = std::mem::replace(&mut self.timers, later);
        self.ready.extend(due.into_values());
        self.rest = std::mem::take(&mut self.ready).into();
        while let Some(entry) = self.rest.pop_front() {
            match entry {
                Entry::Step(task) => self.step(task),
                Entry::Wake(task) => self.wake(task),
                Entry::Call(.., timer) if self.forgotten.contains(&timer) => {}
                Entry::Call(name, more, _) => {
                    self.say(&name);
                    if more > 0 {
                        let next = Entry::Call(format!("{name}'"), more - 1, 0);
                        self.ready.push(next);
                    }
                }
            }
        }
    }

    fn say(&mut self, what: &str) {
        let line = line(self.now, self.iteration, what);
        self.log.push(line);
    }

    fn spawn(&mut self, name: String, ops: &Rc<[Op]>) -> usize {
        let task = self.tasks.len();
        self.tasks.push(Task {
            name,
            ops: ops.clone(),
            next: 0,
            state: State::Alive,
            scheduled: true,
            cancel: false,
            timer: None,
            awaits: None,
            forwarded: false,
            waiter: None,
            children: Vec::new(),
            handles: Vec::new(),
            calls: 0,
        });
        self.ready.push(Entry::Step(task));
        task
    }

    fn set(&mut self, delay: u64, entry: Entry) -> (u64, u64) {
        self.set += 1;
        let key = (self.now + delay, self.set);
        self.timers.insert(key, entry);
        key
    }

    fn wake(&mut self, task: usize) {
        let woken = &mut self.tasks[task];
        if woken.state == State::Alive && !woken.scheduled {
            woken.scheduled = true;
            self.ready.push(Entry::Step(task));
        }
    }

    /// Passes a cancel to the child that the task awaits; it comes back from there.
    fn cancel(&mut self, task: usize) {
        let target = &self.tasks[task];
        if target.state != State::Alive {
            return;
        }
        if target.scheduled {
            self.tasks[task].cancel = true;
        } else if let Some(child) = target.awaits {
            self.tasks[task].forwarded = true;
            self.cancel(child);
        } else {
            self.tasks[task].cancel = true;
            self.wake(task);
        }
    }

    fn end(&mut self, task: usize, state: State) {
        let ended = &mut self.tasks[task];
        ended.state = state;
        let (timer, waiter) = (ended.timer.take(), ended.waiter.take());
        if let Some(timer) = timer {
            self.timers.remove(&timer);
        }
        if let Some(waiter) = waiter {
            self.wake(waiter);
        }
    }

    /// Returns true if a cancel was passed on to the child, and the child has ended by it.
    fn came_back(&self, task: usize) -> bool {
        let Task {
            awaits, forwarded, ..
        } = self.tasks[task];
        forwarded && awaits.is_some_and(|child| self.tasks[child].state == State::Cancelled)
    }

    fn step(&mut self, task: usize) {
        if self.tasks[task].state != State::Alive {
            return;
        }
        self.tasks[task].scheduled = false;
        if self.tasks[task].cancel || self.came_back(task) {
            return self.end(task, State::Cancelled);
        }
        let stepping = &mut self.tasks[task];
        (stepping.timer, stepping.awaits, stepping.forwarded) = (None, None, false);
        let (before, queued) = (self.now, self.ready.len());
        let suspends = self.go(task);
        if self.now > before {
            self.tell_of_slow_step(task, before, queued);
        }
        if !suspends {
            self.end(task, State::Returned);
        }
    }

    /// Runs operations until the task suspends; returns false if it has returned.
    fn go(&mut self, task: usize) -> bool {
        while let Some(op) = self.tasks[task].ops.get(self.tasks[task].next).cloned() {
            let text = format!("{}.{}", self.tasks[task].name, self.tasks[task].next);
            self.say(&text);
            self.tasks[task].next += 1;
            if self.act(task, op) {
                return true;
            }
        }
        false
    }

    /// Adds the message about a step of `task` that began at `before`, when the next iteration had
    /// `queued` entries. On the real loop the tasks have no names, so they are numbered.
    fn tell_of_slow_step(&mut self, task: usize, before: u64, queued: usize) {
        let due = self.timers.range(..=(self.now, u64::MAX));
        let due = due.map(|(key, entry)| (entry, format!("due at {} s", seconds(key.0))));
        let ready = self.rest.iter().chain(&self.ready[..queued]);
        let ready = ready.map(|entry| (entry, "ready".to_string()));
        let (mut tasks, mut texts, mut calls) = (vec![task], Vec::new(), 0);
        for (entry, why) in due.chain(ready) {
            match entry {
                Entry::Call(.., timer) => calls += usize::from(!self.forgotten.contains(timer)),
                Entry::Step(other) | Entry::Wake(other) => {
                    if self.tasks[*other].state == State::Alive && !tasks.contains(other) {
                        tasks.push(*other);
                        texts.push(format!("Task-{} ({why})", other + 1));
                    }
                }
            }
        }
        match texts.split_off(5.min(texts.len())).len() {
            0 => {}
            1 => texts.push("1 more task".into()),
            more => texts.push(format!("{more} more tasks")),
        }
        match calls {
            0 => {}
            1 => texts.push("1 callback".into()),
            _ => texts.push(format!("{calls} callbacks")),
        }
        let held_up = match texts.split_last() {
            None => String::new(),
            Some((one, [])) => format!(" and held up {one}"),
            Some((last, others)) => format!(" and held up {} and {last}", others.join(", ")),
        };
        let (number, took) = (task + 1, seconds(self.now - before));
        let message = format!("Executing Task-{number} took {took} seconds{held_up}");
        self.slow.push(message);
    }

    /// Runs one operation; returns true if the task suspends.
    fn act(&mut self, task: usize, op: Op) -> bool {
        match op {
            Op::Yield | Op::Sleep(0) => self.wake(task),
            Op::Sleep(delay) => {
                let timer = self.set(delay, Entry::Wake(task));
                self.tasks[task].timer = Some(timer);
            }
            Op::Join => return self.join(task),
            other => {
                self.go_on(task, other);
                return false;
            }
        }
        true
    }

    fn join(&mut self, task: usize) -> bool {
        if self.tasks[task].children.is_empty() {
            return false;
        }
        let child = self.tasks[task].children.remove(0);
        // The result of a cancelled child is a value like any other.
        let waits = self.tasks[child].state == State::Alive;
        if waits {
            self.tasks[child].waiter = Some(task);
            self.tasks[task].awaits = Some(child);
        }
        waits
    }

    fn go_on(&mut self, task: usize, op: Op) {
        match op {
            Op::Block(delay) => self.now += delay,
            Op::Spawn(ops) => {
                let name = format!("{}/{}", self.tasks[task].name, self.tasks[task].next - 1);
                let child = self.spawn(name, &ops);
                self.tasks[task].children.push(child);
            }
            Op::Cancel => {
                if let Some(child) = self.tasks[task].children.last().copied() {
                    self.cancel(child);
                }
            }
            Op::Soon(more) => {
                let name = self.call_name(task);
                self.ready.push(Entry::Call(name, more, 0));
            }
            Op::Later(delay) => {
                let name = self.call_name(task);
                let timer = self.set + 1;
                let key = self.set(delay, Entry::Call(name, 0, timer));
                self.tasks[task].handles.push(key);
            }
            Op::Forget => {
                if let Some(key) = self.tasks[task].handles.pop() {
                    self.timers.remove(&key);
                    self.forgotten.insert(key.1);
                }
            }
            Op::Yield | Op::Sleep(_) | Op::Join => unreachable!("these suspend"),
        }
    }

    fn call_name(&mut self, task: usize) -> String {
        self.tasks[task].calls += 1;
        format!("{}!{}", self.tasks[task].name, self.tasks[task].calls)
    }
}
