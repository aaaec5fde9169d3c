//! Counts the cost of cancels and drops, for 10^2 to 10^5 tasks.
//!
//! The problem: a chain of tasks that await each other, a circle of them, a task with many
//! deadlines beside many others: a result can be right and take far too long. And one nested
//! call for each task of a chain overflows the stack. So the tests count looks, and use long
//! chains.
//!
//! Invariants:
//! 1. A cancel looks at each task and promise on its way once, and at no other.
//! 2. The cost of a scope does not depend on the number of other scopes.
//! 3. The depth of calls does not grow with the depth of a program's tasks.
//! 4. A report looks at each await once.
//!
//! Read next: `memory.rs`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use groundup_task::{
    CancelScope, CancelTargets, Entered, NoRoot, Promise, Scheduler, Task, TaskRef, catch_cancel,
    yield_now,
};

/// A scheduler that has entered this thread.
struct Drive {
    scheduler: Rc<Scheduler>,
    _entered: Entered,
}

impl Drive {
    fn new() -> Self {
        let scheduler = Scheduler::new().unwrap();
        let _entered = scheduler.enter().unwrap();
        Drive {
            scheduler,
            _entered,
        }
    }

    fn settle(&self) {
        self.scheduler.run_until_idle();
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        self.scheduler.close();
    }
}

fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Task<T> {
    Scheduler::current().unwrap().spawn(future)
}

/// The sizes that are tried. The largest one is enough for a stack to overflow; `.ci/run` sets a
/// larger one.
fn counts() -> [usize; 4] {
    let largest = std::env::var("GROUNDUP_LARGEST").ok();
    let largest = largest.map_or(30_000, |text| text.parse().expect("a number"));
    [100, 1_000, 10_000, largest]
}

/// Makes a chain of tasks, each of which awaits the one before; returns the first and the last.
fn chain(count: usize) -> (TaskRef, Task<()>) {
    let first = spawn(pending::<()>());
    let end = first.task_ref();
    let last = (1..count).fold(first, |before, _| {
        spawn(async move {
            let _ = before.await;
        })
    });
    (end, last)
}

#[test]
fn a_cancel_looks_at_each_task_of_a_chain_once() {
    for count in counts() {
        let drive = Drive::new();
        let (first, last) = chain(count);
        drive.settle();
        let before = drive.scheduler.cancel_looks();
        assert!(last.cancel());
        assert_eq!(drive.scheduler.cancel_looks() - before, count as u64);
        assert_eq!((first.cancelling(), last.cancelling()), (1, 1));
        drive.settle();
        assert_eq!(last.cancelled(), Some(true));
    }
}

/// Stands for these tasks, in this order.
struct StandsFor(Vec<TaskRef>);

impl CancelTargets for StandsFor {
    fn target(&self, number: usize) -> Option<groundup_task::Ticket> {
        self.0.get(number).map(TaskRef::ticket)
    }

    fn accepted(&self) {}
}

/// Makes a promise that stands for other tasks.
fn stands_for(targets: Vec<TaskRef>) -> Promise<()> {
    let promise: Promise<()> = Scheduler::current().unwrap().promise();
    promise.on_cancel(StandsFor(targets));
    promise
}

/// Spawns a task that awaits such a promise.
fn awaits(targets: Vec<TaskRef>) -> Task<()> {
    let promise = stands_for(targets);
    spawn(async { drop(promise.await) })
}

#[test]
fn a_cancel_goes_through_promises_depth_first_and_at_any_depth() {
    for count in counts() {
        let drive = Drive::new();
        let leaf = spawn(pending::<()>());
        let first = leaf.task_ref();
        let mut nest = vec![leaf];
        for _ in 1..count {
            let inner = nest.last().unwrap().task_ref();
            nest.push(awaits(vec![inner]));
        }
        drive.settle();
        let before = drive.scheduler.cancel_looks();
        assert!(nest.last().unwrap().cancel());
        assert_eq!(
            drive.scheduler.cancel_looks() - before,
            2 * count as u64 - 1
        );
        assert!(nest.iter().all(|task| task.cancelling() == 1));
        drive.settle();
        assert_eq!(first.cancelled(), Some(true));
    }
}

#[test]
fn the_order_of_deliveries_is_that_of_nested_calls() {
    let drive = Drive::new();
    let log: Rc<RefCell<Vec<&str>>> = Rc::default();
    let leaf = |name| {
        let log = log.clone();
        spawn(async move {
            let _ = catch_cancel(pending::<()>()).await;
            log.borrow_mut().push(name);
        })
    };
    let leaves = ["a", "b", "c", "d", "e"].map(leaf);
    let [a, b, c, d, e] = leaves.each_ref().map(|leaf| leaf.task_ref());
    let inner = awaits(vec![b, c]);
    let other = awaits(vec![e]);
    let outer = awaits(vec![a, inner.task_ref(), d, other.task_ref()]);
    drive.settle();
    assert!(outer.cancel());
    drive.settle();
    assert_eq!(*log.borrow(), ["a", "b", "c", "d", "e"]);
}

#[test]
fn who_is_reached_twice_is_asked_twice() {
    let drive = Drive::new();
    let leaf = spawn(pending::<()>());
    let [left, right] = [1, 2].map(|_| awaits(vec![leaf.task_ref()]));
    let top = awaits(vec![left.task_ref(), right.task_ref(), left.task_ref()]);
    drive.settle();
    assert!(top.cancel());
    let counts = [&top, &left, &right, &leaf].map(|task| task.cancelling());
    assert_eq!(counts, [1, 2, 1, 3]);
}

/// Makes a circle of tasks, each of which awaits the one before, directly or through a promise.
fn circle(count: usize, through_promises: bool) -> Vec<TaskRef> {
    let gate: Promise<()> = Scheduler::current().unwrap().promise();
    let (closed, end) = (gate.clone(), Rc::new(RefCell::new(None)));
    let taken = end.clone();
    let mut last: Task<()> = spawn(async move {
        let _ = closed.await;
        let before: Task<()> = taken.take().unwrap();
        match through_promises {
            true => drop(stands_for(vec![before.task_ref()]).await),
            false => drop(before.await),
        }
    });
    let mut tasks = vec![last.task_ref()];
    for _ in 1..count {
        last = match through_promises {
            true => awaits(vec![last.task_ref()]),
            false => spawn(async { drop(last.await) }),
        };
        tasks.push(last.task_ref());
    }
    *end.borrow_mut() = Some(last);
    gate.set_result(()).unwrap();
    tasks
}

#[test]
fn a_circle_of_any_length_is_gone_round_once_and_its_last_is_woken() {
    for count in [2, 3, 100, 10_000] {
        for through_promises in [false, true] {
            let drive = Drive::new();
            let tasks = circle(count, through_promises);
            drive.settle();
            let before = drive.scheduler.cancel_looks();
            assert!(tasks[0].cancel());
            // One look at each task, one at its promise if it has one, and a second at the
            // first task.
            let looks = (drive.scheduler.cancel_looks() - before) as usize;
            assert_eq!(looks, count * (1 + usize::from(through_promises)) + 1);
            assert!(tasks.iter().all(|task| task.cancelling() == 1));
            drive.settle();
            // The promises do not end with their targets; a task that awaits a task ends with
            // it.
            assert!(tasks[1].done());
            let ended = tasks.iter().filter(|task| task.done()).count();
            assert_eq!(ended, if through_promises { 1 } else { count });
        }
    }
}

/// Cancels its one target itself when it is asked for the first target.
struct CancelsItself(Rc<RefCell<Option<TaskRef>>>, Rc<Cell<u32>>);

impl CancelTargets for CancelsItself {
    fn target(&self, number: usize) -> Option<groundup_task::Ticket> {
        self.1.set(self.1.get() + 1);
        let task = self.0.borrow().clone()?;
        assert!(number > 0 || !task.cancel(), "it stands on the path");
        (number == 0).then(|| task.ticket())
    }

    fn accepted(&self) {
        panic!("only a circle has replied");
    }
}

#[test]
fn a_target_that_is_cancelled_by_hand_closes_the_circle_too() {
    let drive = Drive::new();
    let (end, calls) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(0)));
    let promise = drive.scheduler.promise::<()>();
    promise.on_cancel(CancelsItself(end.clone(), calls.clone()));
    let task = spawn(async move {
        let _ = promise.await;
    });
    *end.borrow_mut() = Some(task.task_ref());
    drive.settle();
    assert!(task.cancel());
    drive.settle();
    assert_eq!(task.cancelled(), Some(true));
    assert_eq!((task.cancelling(), calls.get()), (1, 2));
}

#[test]
fn what_a_scope_costs_does_not_depend_on_the_others() {
    let looks = |others: usize| {
        let drive = Drive::new();
        let open = |_| {
            spawn(async {
                let scope = CancelScope::new();
                let _ = scope.catch(pending::<()>()).await;
            })
        };
        let _others: Vec<_> = (0..others).map(open).collect();
        drive.settle();
        let before = drive.scheduler.cancel_looks();
        let task = spawn(async {
            let me = Scheduler::current().unwrap().current_task().unwrap();
            me.cancel();
            catch_cancel(yield_now()).await.unwrap_err();
            for _ in 0..10 {
                let scope = CancelScope::new();
                assert_eq!(scope.cancelling(), 1, "the one it has caught");
                scope.cancel();
                scope.catch(pending::<()>()).await.unwrap_err();
                assert_eq!((scope.cancelling(), scope.uncancel()), (2, 1));
            }
            me.uncancel();
            let scope = CancelScope::new();
            scope.cancel();
            assert_eq!(scope.uncancel(), 0, "and it is taken back");
            scope.catch(yield_now()).await.unwrap();
        });
        drive.settle();
        assert!(task.done() && task.panicked() == Some(false));
        drive.scheduler.cancel_looks() - before
    };
    let costs = counts().map(looks);
    assert_eq!(costs, [costs[0]; 4]);
    assert!(costs[0] < 100, "{costs:?}");
}

/// Tasks whose scopes are cancelled in the same round.
#[test]
fn scopes_that_are_cancelled_together_cost_each_the_same() {
    for count in counts() {
        let drive = Drive::new();
        let scopes: Rc<RefCell<Vec<Rc<CancelScope>>>> = Rc::default();
        let one = |_| {
            let scopes = scopes.clone();
            spawn(async move {
                let scope = Rc::new(CancelScope::new());
                scopes.borrow_mut().push(scope.clone());
                let work = async {
                    loop {
                        yield_now().await;
                    }
                };
                scope.catch(work).await.unwrap_err();
                assert_eq!(scope.uncancel(), 0);
            })
        };
        let tasks: Vec<_> = (0..count).map(one).collect();
        drive.scheduler.run_round(&mut NoRoot);
        let before = drive.scheduler.cancel_looks();
        scopes.take().iter().for_each(|scope| scope.cancel());
        drive.settle();
        assert!(
            tasks
                .iter()
                .all(|task| task.done() && task.panicked() == Some(false))
        );
        let looks = drive.scheduler.cancel_looks() - before;
        assert!(looks <= 4 * count as u64, "{looks} at {count}");
    }
}

/// Holds the handle of the next link, and counts the links that are alive.
struct Link {
    _next: Option<Task<Link>>,
    alive: Rc<Cell<usize>>,
}

impl Link {
    fn new(next: Option<Task<Link>>, alive: &Rc<Cell<usize>>) -> Self {
        alive.set(alive.get() + 1);
        Link {
            _next: next,
            alive: alive.clone(),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.alive.set(self.alive.get() - 1);
    }
}

/// Makes tasks that end when the gate opens, each with the handle of the next in it.
fn links(count: usize, gate: &Promise<()>, alive: &Rc<Cell<usize>>) -> Task<Link> {
    let link = |next| {
        let (gate, link) = (gate.clone(), Link::new(next, alive));
        Some(spawn(async move {
            let _ = gate.await;
            link
        }))
    };
    (0..count).fold(None, |next, _| link(next)).unwrap()
}

#[test]
fn a_chain_of_handles_of_any_length_can_be_dropped() {
    for count in counts() {
        for (end_before, close) in [(true, false), (true, true), (false, false), (false, true)] {
            let (drive, alive) = (Drive::new(), Rc::default());
            let gate = drive.scheduler.promise();
            let mut first = Some(links(count, &gate, &alive));
            drive.settle();
            if end_before {
                gate.set_result(()).unwrap();
                drive.settle();
                assert_eq!(alive.get(), count, "each holds the next");
            }
            if !close {
                drop(first.take());
                assert_eq!(gate.set_result(()).is_ok(), !end_before, "it is set once");
                drive.settle();
            }
            drop(drive);
            assert_eq!(alive.get(), 0, "ended: {end_before}, closed: {close}");
        }
    }
}

#[test]
fn a_chain_of_promises_of_any_length_can_be_dropped() {
    #[derive(Clone)]
    struct Next {
        _next: Option<Box<Promise<Next>>>,
        _alive: Rc<()>,
    }
    for count in counts() {
        let (drive, alive) = (Drive::new(), Rc::new(()));
        let mut first: Option<Box<Promise<Next>>> = None;
        for _ in 0..count {
            let promise = drive.scheduler.promise();
            let next = Next {
                _next: first.take(),
                _alive: alive.clone(),
            };
            assert!(promise.set_result(next).is_ok(), "it is set once");
            first = Some(Box::new(promise));
        }
        assert_eq!(Rc::strong_count(&alive), count + 1, "each holds the next");
        drop(first);
        assert_eq!(Rc::strong_count(&alive), 1, "each value was dropped");
    }
}

#[test]
fn a_loop_with_a_nest_of_any_depth_can_be_closed() {
    for count in counts() {
        let drive = Drive::new();
        // An outer task is older: close drops it first, and its drop cancels the task that it
        // awaits.
        fn nest(left: usize) -> Task<()> {
            spawn(async move {
                if left > 0 {
                    let _ = nest(left - 1).cancel_on_drop().await;
                } else {
                    pending::<()>().await;
                }
            })
        }
        let outer = nest(count);
        drive.settle();
        let before = drive.scheduler.cancel_looks();
        drive.scheduler.close();
        let looks = drive.scheduler.cancel_looks() - before;
        assert!(looks <= count as u64, "{looks} at {count}");
        drop(outer);
    }
}

#[test]
fn a_report_looks_at_each_await_of_a_promise_once() {
    for count in counts() {
        let drive = Drive::new();
        let promise: Promise<()> = drive.scheduler.promise();
        for _ in 0..count {
            let promise = promise.clone();
            spawn(async { drop(promise.await) }).detach();
        }
        drop(promise);
        drive.settle();
        let before = drive.scheduler.report_looks();
        let stuck = drive.scheduler.deadlock().stuck;
        assert_eq!(drive.scheduler.report_looks() - before, count as u64);
        let last = stuck[count - 1].to_string();
        assert!(
            last.ends_with("which is not set and whose handles all wait for it"),
            "{last}"
        );
    }
}
