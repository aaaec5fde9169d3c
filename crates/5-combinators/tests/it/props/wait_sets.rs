//! Wait sets against a model: a list that looks at each task.
//!
//! The problem: a set that stays registered keeps records: which members have ended, which ends
//! were counted, which places are vacant. Each record can be wrong for a set that is added to
//! between two waits, taken from while a notice is under way, or whose wait is dropped half
//! way. The model keeps no records. It asks every task whether it is done.
//!
//! ```text
//!   steps    add  add  wait(first, 3 ms)  remove  end  wait(all)  ...
//!   model    list of (task, when it will end), in the order of the adds
//!   a wait   returns the done tasks of the list, at the first moment at which they are
//!            enough, or when its time is over
//! ```
//!
//! Invariant: after every step the set and the list hold the same tasks.
//!
//! Read next: `members.rs`, which records the children of the programs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::future::poll_immediate;
use groundup_combinators::executor::{EventLoop, sleep, spawn, time};
use groundup_combinators::task::{Promise, Scheduler, Task, TaskRef, yield_now};
use groundup_combinators::trace::{Choice, Chooser};
use groundup_combinators::*;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::props::members::ms;

type Outcome = Result<(), ()>;

/// Says how a task ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Returns,
    Fails,
    Panics,
}

#[derive(Clone, Debug)]
enum Step {
    /// Adds a task that ends after so many milliseconds, or when it is released; it runs for a
    /// while before it is added.
    Add(Option<u64>, How, u64),
    /// Takes a member out.
    Remove(Index),
    /// Puts a task back that was taken out, done or not.
    PutBack(Index),
    /// Releases a task, in the set or not.
    End(Index),
    Cancel(Index),
    Pass(u64),
    Yield,
    /// Waits, for at most so many milliseconds; on the set itself, or through `wait`.
    Wait(ReturnWhen, Option<u64>, bool),
    /// Begins a wait and drops it after so many iterations.
    GiveUp(ReturnWhen, Option<u64>, u32),
}

/// A task as the model knows it.
struct Known {
    task: TaskRef,
    /// Releases the task.
    told: Promise<()>,
    how: How,
    /// Time at which it ends by itself, in milliseconds.
    at: Option<u64>,
    /// The task was released or cancelled: it ends as soon as it steps.
    ending: Cell<bool>,
    cancelled: Cell<bool>,
}

impl Known {
    fn fails(&self) -> bool {
        self.how != How::Returns && !self.cancelled.get()
    }

    /// Returns when the task is done, as known now; `None` if it does not end by itself.
    fn done_at(&self) -> Option<u64> {
        if self.task.done() || self.ending.get() {
            return Some(now());
        }
        self.at.map(|at| at.max(now()))
    }
}

fn now() -> u64 {
    time().since_start().as_millis() as u64
}

fn make(after: Option<u64>, how: How) -> (Task<Outcome>, Rc<Known>) {
    let told = Promise::<()>::new();
    let wake = told.clone();
    let task = spawn(async move {
        match after {
            Some(after) => drop(timeout(ms(after), wake).await),
            None => drop(wake.await),
        }
        match how {
            How::Returns => Ok(()),
            How::Fails => Err(()),
            How::Panics => std::panic::resume_unwind(Box::new("it was to fail")),
        }
    });
    let known = Known {
        task: task.task_ref(),
        told,
        how,
        at: after.map(|after| now() + after),
        ending: Cell::new(false),
        cancelled: Cell::new(false),
    };
    (task, Rc::new(known))
}

/// The set, and the list that models it.
struct Pair {
    set: WaitSet<Outcome>,
    list: Vec<(MemberId, Rc<Known>)>,
    /// Tasks that were taken out, by hand or by a wait.
    out: Vec<(Task<Outcome>, Rc<Known>)>,
    gone: Vec<MemberId>,
}

impl Pair {
    fn add(&mut self, task: Task<Outcome>, known: Rc<Known>) {
        let id = self.set.add(task);
        self.list.push((id, known));
    }

    fn remove(&mut self, index: usize) {
        let (id, known) = self.list.remove(index);
        let task = self.set.remove(id).expect("it is in the list");
        assert_eq!(task.task_ref(), known.task);
        self.out.push((task, known));
        self.gone.push(id);
    }

    /// Returns the n-th of all tasks that were ever added.
    fn any(&self, index: Index) -> Option<Rc<Known>> {
        let all = self.list.iter().map(|(_, known)| known);
        let all: Vec<_> = all.chain(self.out.iter().map(|(_, known)| known)).collect();
        (!all.is_empty()).then(|| all[index.index(all.len())].clone())
    }

    /// Returns when a wait has enough; `None` if never.
    fn enough_at(&self, when: ReturnWhen) -> Option<u64> {
        let all = self.list.iter().map(|(_, known)| known);
        let every = || all.clone().map(|known| known.done_at());
        let last = every().collect::<Option<Vec<u64>>>();
        let last = last.map(|ends| ends.into_iter().max().unwrap_or(0));
        let failing = all.clone().filter(|known| known.fails());
        match when {
            ReturnWhen::AllCompleted => last,
            ReturnWhen::FirstCompleted => every().flatten().min(),
            ReturnWhen::FirstException => {
                let first = failing.filter_map(|known| known.done_at()).min();
                first.into_iter().chain(last).min()
            }
        }
    }

    async fn wait(&mut self, when: ReturnWhen, limit: Option<u64>, handed: bool) {
        let (began, enough) = (now(), self.enough_at(when));
        let over = limit.map(|limit| began + limit);
        let Some(until) = over.into_iter().chain(enough).min() else {
            return; // it would wait for ever
        };
        let limit = limit.map_or(Duration::MAX, ms);
        let done = if handed {
            let set = std::mem::replace(&mut self.set, WaitSet::new());
            let (done, rest) = wait(set, when).errors_count().timeout(limit).await;
            self.set = rest;
            done
        } else {
            self.set.wait(when).errors_count().timeout(limit).await
        };
        assert_eq!(
            now(),
            until,
            "it returns when it has enough, or its time is over"
        );
        self.given(done, when, over.is_none_or(|over| now() < over));
    }

    /// Checks that a wait returned the done tasks, in the order of the adds.
    fn given(&mut self, done: Vec<Task<Outcome>>, when: ReturnWhen, in_time: bool) {
        let is_done = |entry: &(MemberId, Rc<Known>)| entry.1.task.done();
        let (expected, rest): (Vec<_>, Vec<_>) = self.list.drain(..).partition(is_done);
        self.list = rest;
        let tasks = |tasks: &[Task<Outcome>]| -> Vec<TaskRef> {
            tasks.iter().map(Task::task_ref).collect()
        };
        let known: Vec<TaskRef> = expected
            .iter()
            .map(|(_, known)| known.task.clone())
            .collect();
        assert_eq!(tasks(&done), known);
        let failed = expected.iter().any(|(_, known)| known.fails());
        let enough = match when {
            ReturnWhen::AllCompleted => self.list.is_empty(),
            ReturnWhen::FirstCompleted => !done.is_empty(),
            ReturnWhen::FirstException => failed || self.list.is_empty(),
        };
        assert!(enough || !in_time, "it has returned too early");
        for (task, (id, known)) in done.into_iter().zip(expected) {
            assert_eq!(task.cancelled(), Some(known.cancelled.get()));
            self.gone.push(id);
            self.out.push((task, known));
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Add(after, how, passes) => {
                let (task, known) = make(after, how);
                if passes > 0 {
                    sleep(ms(passes)).await;
                }
                self.add(task, known);
            }
            Step::Remove(index) if !self.list.is_empty() => {
                self.remove(index.index(self.list.len()));
            }
            Step::PutBack(index) if !self.out.is_empty() => {
                let (task, known) = self.out.remove(index.index(self.out.len()));
                self.add(task, known);
            }
            Step::End(index) => {
                if let Some(known) = self.any(index) {
                    let _ = known.told.set_result(());
                    known.ending.set(true);
                }
            }
            Step::Cancel(index) => {
                if let Some(known) = self.any(index)
                    && known.task.cancel()
                {
                    known.ending.set(true);
                    known.cancelled.set(true);
                }
            }
            Step::Pass(time) => sleep(ms(time)).await,
            Step::Yield => yield_now().await,
            Step::Wait(when, limit, handed) if !self.list.is_empty() => {
                self.wait(when, limit, handed).await;
            }
            Step::GiveUp(when, limit, iterations) if !self.list.is_empty() => {
                let limit = limit.map_or(Duration::MAX, ms);
                let waiting = self.set.wait(when).errors_count().timeout(limit);
                let mut waiting = Box::pin(waiting);
                let mut given = None;
                for _ in 0..=iterations {
                    given = poll_immediate(&mut waiting).await;
                    if given.is_some() {
                        break;
                    }
                    yield_now().await;
                }
                drop(waiting);
                if let Some(done) = given {
                    self.given(done, when, limit > Duration::ZERO);
                }
            }
            _ => {}
        }
    }

    /// Checks that the set and the list hold the same tasks.
    fn look(&mut self) {
        assert_eq!(self.set.len(), self.list.len());
        assert_eq!(self.set.is_empty(), self.list.is_empty());
        for id in &self.gone {
            assert!(self.set.remove(*id).is_none(), "it has left");
        }
    }
}

async fn run(steps: Vec<Step>) {
    let scheduler = Scheduler::current().expect("it runs");
    let before = scheduler.groups().1;
    let count = |counts: fn(&Step) -> bool| steps.iter().filter(|step| counts(step)).count();
    let adds = count(|step| matches!(step, Step::Add(..) | Step::PutBack(_)));
    let waits = count(|step| matches!(step, Step::Wait(..) | Step::GiveUp(..)));
    let mut pair = Pair {
        set: WaitSet::new(),
        list: Vec::new(),
        out: Vec::new(),
        gone: Vec::new(),
    };
    for step in steps {
        pair.step(step).await;
        pair.look();
    }
    let made = scheduler.groups().1 - before;
    assert!(made as usize <= adds + waits, "{made} registrations");
    let tasks = pair.set.into_tasks();
    let refs: Vec<TaskRef> = tasks.iter().map(Task::task_ref).collect();
    let known: Vec<TaskRef> = pair
        .list
        .iter()
        .map(|(_, known)| known.task.clone())
        .collect();
    assert_eq!(refs, known, "all that is left, in the order of the adds");
    for task in &refs {
        task.cancel();
    }
    for (task, _) in &pair.out {
        task.cancel();
    }
}

fn mode() -> impl Strategy<Value = ReturnWhen> {
    use ReturnWhen::*;
    prop::sample::select(&[AllCompleted, FirstCompleted, FirstException])
}

fn limit() -> impl Strategy<Value = Option<u64>> {
    prop::option::weighted(0.7, 0_u64..6)
}

fn a_step() -> impl Strategy<Value = Step> {
    let after = || prop::option::weighted(0.7, 0_u64..9);
    let how = prop::sample::select(&[How::Returns, How::Returns, How::Fails, How::Panics]);
    let passes = prop_oneof![3 => Just(0), 1 => 0_u64..4];
    prop_oneof![
        6 => (after(), how, passes).prop_map(|(after, how, passes)| Step::Add(after, how, passes)),
        2 => any::<Index>().prop_map(Step::Remove),
        2 => any::<Index>().prop_map(Step::PutBack),
        2 => any::<Index>().prop_map(Step::End),
        1 => any::<Index>().prop_map(Step::Cancel),
        1 => (1_u64..4).prop_map(Step::Pass),
        2 => Just(Step::Yield),
        5 => (mode(), limit(), any::<bool>())
            .prop_map(|(mode, limit, handed)| Step::Wait(mode, limit, handed)),
        2 => (mode(), limit(), 0_u32..4)
            .prop_map(|(mode, limit, iterations)| Step::GiveUp(mode, limit, iterations)),
    ]
}

proptest! {
    /// After any sequence of adds, removals, ends, cancels, waits and dropped waits, a set
    /// returns the tasks that a list would, and makes at most one registration for each add
    /// and each wait.
    #[test]
    fn a_set_is_a_list(steps in prop::collection::vec(a_step(), 0..40), seed: Option<u64>) {
        let mut builder = EventLoop::builder().virtual_time();
        if let Some(seed) = seed {
            builder = builder.seed(seed);
        }
        let event_loop = builder.build();
        event_loop.run_until_complete(run(steps)).expect("it ends");
        for task in event_loop.all_tasks() {
            event_loop.run_until_complete(task.ended()).expect("it ends");
        }
        event_loop.run_until_complete(async {}).expect("it ends");
        let counts = event_loop.counts();
        prop_assert!(counts.is_at_rest(), "left: {:#?}", event_loop.leftovers());
    }
}

/// Chooses the last option of every choice.
struct Last;

impl Chooser for Last {
    fn choose(&mut self, _: Choice, options: usize) -> usize {
        options - 1
    }
}

/// The ends from before a wait are counted together. An end that comes meanwhile, with an
/// earlier notice, counts once all the same.
#[test]
fn an_end_that_is_told_before_those_at_entry_counts_once() {
    let event_loop = EventLoop::builder().virtual_time().chooser(Last).build();
    let waited = event_loop.run_until_complete(async {
        let mut set = WaitSet::new();
        let ended = spawn(async {});
        yield_now().await;
        yield_now().await;
        assert!(ended.done());
        set.add(ended);
        set.add(sleep(ms(9)));
        set.add(async {}); // ends while the wait begins
        yield_now().await;
        let done = set.wait(ReturnWhen::AllCompleted).await;
        (done.len(), now())
    });
    assert_eq!(waited.expect("it ends"), (3, 9));
}
