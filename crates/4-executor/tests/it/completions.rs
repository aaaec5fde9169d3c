//! Results of other threads come in at defined points.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `guest.rs`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::thread;

use groundup_executor::task::{Address, Promise, yield_now};
use groundup_executor::{
    Completion, Completions, EventLoop, Progress, completions, current_loop, iteration, remote,
    run, run_virtual, spawn,
};

/// Starts a thread, which may notify the loop at this address.
type Start = Box<dyn FnOnce(Address)>;

/// Promises that are set one by one, and the answers to the questions of the loop.
#[derive(Default)]
struct Results {
    promises: RefCell<VecDeque<Promise<u64>>>,
    /// Whether the loop was idle, and in which iteration it asked, for each result.
    asked: RefCell<Vec<(bool, u64)>>,
    /// A thread, to be started by the first question, for which the loop waits.
    late: RefCell<Option<Start>>,
}

impl Completions for Results {
    fn admit(&self, idle: bool) -> Completion {
        if self.promises.borrow().is_empty() {
            return Completion::Nothing;
        }
        if let Some(start) = self.late.take() {
            start(current_loop().scheduler().address());
            return Completion::Waits;
        }
        self.asked.borrow_mut().push((idle, iteration()));
        let promise = self.promises.borrow_mut().pop_front();
        promise.unwrap().set_result(iteration()).unwrap();
        Completion::One
    }
}

fn results(number: usize) -> (Rc<Results>, Vec<Promise<u64>>) {
    let results = completions(Results::default).unwrap();
    let promises: Vec<_> = (0..number)
        .map(|_| current_loop().create_promise())
        .collect();
    results.promises.borrow_mut().extend(promises.clone());
    (results, promises)
}

#[test]
fn an_idle_loop_lets_one_in_for_each_park() {
    run_virtual(async {
        let at_work = remote().at_work();
        let (results, promises) = results(3);
        for promise in promises {
            let came = promise.await.unwrap();
            assert_eq!(iteration(), came, "its task runs in the same iteration");
            yield_now().await;
        }
        let idle: Vec<bool> = results
            .asked
            .borrow()
            .iter()
            .map(|(idle, _)| *idle)
            .collect();
        assert_eq!(idle, [true; 3]);
        drop(at_work);
    });
}

#[test]
fn results_that_no_task_awaits_come_in_together() {
    run_virtual(async {
        let at_work = remote().at_work();
        let (results, promises) = results(3);
        promises[2].clone().await.unwrap();
        let asked = results.asked.borrow();
        assert!(asked.iter().all(|(idle, at)| *idle && *at == asked[0].1));
        drop(at_work);
    });
}

#[test]
fn a_busy_loop_lets_one_in_after_each_64_steps() {
    run_virtual(async {
        let (results, promises) = results(3);
        while promises.iter().any(|promise| !promise.done()) {
            yield_now().await;
        }
        let asked = results.asked.borrow();
        assert!(asked.iter().all(|(idle, _)| !idle));
        assert!(
            asked.windows(2).all(|two| two[1].1 - two[0].1 == 64),
            "{asked:?}"
        );
    });
}

#[test]
fn a_busy_loop_waits_for_the_next_result_until_a_thread_notifies_or_calls() {
    for calls in [false, true] {
        run_virtual(async move {
            let (results, promises) = results(1);
            let other = remote();
            let start = move |address: Address| {
                drop(thread::spawn(move || match calls {
                    true => drop(other.call_soon(|| ())),
                    false => address.notify(),
                }));
            };
            *results.late.borrow_mut() = Some(Box::new(start));
            let began = iteration();
            while !promises[0].done() {
                yield_now().await;
            }
            // After a call the loop goes on, and asks again 64 steps later.
            let passes = iteration() - began;
            assert_eq!(passes > 100, calls, "{passes}");
        });
    }
}

#[test]
fn a_guest_does_not_wait() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let task = event_loop.spawn(async {
        let (results, promises) = results(1);
        *results.late.borrow_mut() = Some(Box::new(|_| ()));
        promises[0].clone().await.unwrap()
    });
    let idle = Progress::Idle { until: None };
    assert_eq!(
        event_loop.run_some(64).unwrap(),
        idle,
        "it waits, and returns"
    );
    assert!(!task.done());
    assert_eq!(event_loop.run_some(64).unwrap(), idle);
    assert!(task.done());
}

#[test]
fn a_loop_on_the_real_clock_holds_nothing_back() {
    run(async { assert!(completions(Results::default).is_none()) });
    assert!(completions(Results::default).is_none(), "no loop runs");
}

#[test]
fn a_closed_loop_asks_no_more() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let kept = event_loop.run_until_complete(async {
        drop(spawn(yield_now()));
        completions(Results::default).unwrap()
    });
    let kept = Rc::downgrade(&kept.unwrap());
    event_loop.close().unwrap();
    assert!(kept.upgrade().is_none(), "they are dropped with the loop");
}
