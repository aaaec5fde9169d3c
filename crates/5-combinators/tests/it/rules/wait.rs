//! W01 to W12: wait, and the set that it gives back.
//!
//! Read next: `as_completed.rs`.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::poll_immediate;

use crate::setup::*;
use groundup_combinators::executor::{EventLoop, call_soon, iteration, sleep, spawn, time};
use groundup_combinators::task::{Task, catch_cancel, yield_now};
use groundup_combinators::{ReturnWhen, WaitSet, gather, shield, wait};

use ReturnWhen::{AllCompleted, FirstCompleted, FirstException};

fn names(done: Vec<Task<&'static str>>) -> Vec<&'static str> {
    let name = |mut task: Task<&'static str>| match task.take_result() {
        Some(Ok(name)) => name,
        Some(Err(error)) if error.is_cancelled() => "cancelled",
        Some(Err(_)) => "panicked",
        None => "not done",
    };
    done.into_iter().map(name).collect()
}

#[test]
#[should_panic(expected = "Set of Tasks/Futures is empty")]
fn w01_nothing_to_wait_for_is_refused() {
    let nothing: [Task<()>; 0] = [];
    Setup::new().run(async { wait(nothing, AllCompleted).await });
}

#[test]
fn w02_futures_are_accepted_and_spawned() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let b = |name| child(log.clone(), name, 1000);
        let (done, pending) = wait([b("b1"), b("b2")], AllCompleted).await;
        assert_eq!(names(done), ["b1", "b2"]);
        assert!(pending.is_empty());
        assert_eq!(time().since_start(), secs(1));
    });
}

#[test]
fn w02_tasks_know_their_loop_also_outside_of_it() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let task = |seconds| event_loop.spawn(async move { sleep(secs(seconds)).await });
    let waiting = wait([task(2), task(1)], FirstCompleted);
    let (done, pending) = event_loop.run_until_complete(waiting).unwrap();
    assert_eq!((done.len(), pending.len()), (1, 1));
    let rest = wait(pending, AllCompleted);
    assert_eq!(event_loop.run_until_complete(rest).unwrap().0.len(), 1);
    let gathering = gather([task(3), task(4)]);
    assert_eq!(
        event_loop
            .run_until_complete(gathering)
            .unwrap()
            .unwrap()
            .len(),
        2
    );
    let both = gather((task(5), task(6)));
    assert!(event_loop.run_until_complete(both).unwrap().is_ok());
    let shielded = shield(task(7));
    assert!(event_loop.run_until_complete(shielded).unwrap().is_ok());
    assert_eq!(event_loop.time().since_start(), secs(2 + 4 + 6 + 7));
}

#[test]
fn w03_nobody_is_cancelled_and_nothing_is_raised() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let panicking = spawn(async { panic!("oh") });
        let slow = careful(&log, "slow", 3000);
        let (done, pending) = wait([panicking, slow], FirstException).await;
        assert_eq!(names(done), ["panicked"]);
        assert_eq!(pending.len(), 1);
        drop(pending);
    });
    assert_eq!(log.times(), "slow@3000");
    assert_eq!(setup.reports(), [""; 0]);
}

#[test]
fn w04_failures_and_cancels_count_as_done() {
    Setup::new().run(async {
        let panicking = spawn(async { panic!("oh") });
        let cancelled = spawn(async {
            sleep(secs(9)).await;
            "not reached"
        });
        let slow = spawn(async {
            sleep(secs(1)).await;
            "slow"
        });
        cancelled.cancel();
        let (done, pending) = wait([panicking, cancelled, slow], AllCompleted).await;
        assert_eq!(names(done), ["panicked", "cancelled", "slow"]);
        assert!(pending.is_empty());
        assert_eq!(time().since_start(), secs(1));
    });
}

#[test]
fn w05_the_first_may_be_several() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let a = child(log.clone(), "a", 3000);
        let b1 = child(log.clone(), "b1", 1000);
        let b2 = child(log.clone(), "b2", 1000);
        let tasks = [spawn(a), spawn(b1), spawn(b2)];
        let (done, pending) = wait(tasks, FirstCompleted).await;
        log.say("first");
        assert_eq!(names(done), ["b1", "b2"]);
        let (done, pending) = wait(pending, FirstCompleted).await;
        assert_eq!((names(done), pending.len()), (vec!["a"], 0));
        log.say("second");
    });
    assert_eq!(log.times(), "b1@1000 b2@1000 first@1000 a@3000 second@3000");
    assert_eq!((log.hops("b1", "first"), log.hops("a", "second")), (2, 2));
}

#[test]
fn w06_a_failure_ends_it_and_a_cancel_does_not() {
    Setup::new().run(async {
        let cancelled = spawn(async {
            sleep(secs(9)).await;
            "not reached"
        });
        let panicking = spawn(async {
            sleep(secs(2)).await;
            panic!("oh")
        });
        let slow = spawn(async {
            sleep(secs(3)).await;
            "slow"
        });
        cancelled.cancel();
        let (done, pending) = wait([cancelled, panicking, slow], FirstException).await;
        assert_eq!(names(done), ["cancelled", "panicked"]);
        assert_eq!((pending.len(), time().since_start()), (1, secs(2)));
    });
}

#[test]
fn w06_an_err_ends_it_when_errors_count() {
    Setup::new().run(async {
        let ends = async |seconds, result: Result<u32, &'static str>| {
            sleep(secs(seconds)).await;
            result
        };
        let items = || [ends(1, Ok(1)), ends(2, Err("no")), ends(3, Ok(3))];
        let (done, pending) = wait(items(), FirstException).errors_count().await;
        assert_eq!(
            (done.len(), pending.len(), time().since_start()),
            (2, 1, secs(2))
        );
        let (done, _) = wait(items(), FirstException).await;
        assert_eq!(
            (done.len(), time().since_start()),
            (3, secs(5)),
            "an Err is a value like any other"
        );
    });
}

/// A notice of a failure that comes after its task has left does not count for the next task in
/// the place.
#[test]
fn w06_a_failure_of_one_that_has_left_is_nobodys() {
    let first_failure = |rounds: usize| {
        Setup::new().run(async move {
            let mut set: WaitSet<&str> = WaitSet::new();
            let steps = async |steps: usize| {
                for _ in 0..steps {
                    yield_now().await;
                }
            };
            let next = spawn(async move {
                steps(rounds + 1).await;
                "next"
            });
            let fails = spawn(async move {
                steps(rounds).await;
                std::panic::resume_unwind(Box::new("oh"))
            });
            // Another task awaits it too, so the set is notified by a callback.
            let awaited = fails.clone();
            let _other = spawn(async move { drop(awaited.await) });
            yield_now().await;
            set.add(spawn(async {
                sleep(secs(1)).await;
                "slow"
            }));
            let id = set.add(fails);
            let mut given_up = Box::pin(set.wait(FirstException));
            let _ = poll_immediate(&mut given_up).await;
            steps(4).await;
            drop(given_up);
            drop(set.remove(id).expect("it was not given out"));
            set.add(next);
            names(set.wait(FirstException).await)
        })
    };
    for rounds in 0..12 {
        assert_eq!(first_failure(rounds).len(), 2, "after {rounds} rounds");
    }
}

#[test]
fn w07_a_timeout_gives_what_is_done_and_touches_nobody() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let tasks = [careful(&log, "a", 1000), careful(&log, "b", 3000)];
        let (done, pending) = wait(tasks, AllCompleted).timeout(secs(2)).await;
        log.say("told");
        assert_eq!((names(done), pending.len()), (vec!["a"], 1));
    });
    assert_eq!(log.times(), "a@1000 told@2000 b@3000");
}

#[test]
fn w08_a_timeout_of_zero_lets_what_is_ready_step() {
    Setup::new().run(async {
        let short = spawn(async {
            yield_now().await;
            "short"
        });
        let before = iteration();
        let (done, pending) = wait([short], AllCompleted).timeout(secs(0)).await;
        assert_eq!((names(done), pending.len()), (vec!["short"], 0));
        assert_eq!(iteration() - before, 2);
    });
}

#[test]
fn w09_a_cancel_of_the_waiter_leaves_the_members_running_and_no_registration() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let tasks = [careful(&log, "a", 2000), careful(&log, "b", 3000)];
        let waiter = spawn(async { wait(tasks, AllCompleted).await.0.len() });
        sleep(secs(1)).await;
        waiter.cancel();
        assert!(waiter.await.unwrap_err().is_cancelled());
    });
    assert_eq!(log.times(), "a@2000 b@3000");
}

#[test]
fn w09_a_set_survives_the_cancel_of_a_wait() {
    Setup::new().run(async {
        let waiter = spawn(async {
            let mut set: WaitSet<()> = [sleep(secs(2)), sleep(secs(3))].into_iter().collect();
            assert!(catch_cancel(set.wait(AllCompleted)).await.is_err());
            assert_eq!((set.len(), time().since_start()), (2, secs(1)));
            set.wait(AllCompleted).await.len()
        });
        sleep(secs(1)).await;
        waiter.cancel();
        assert_eq!(waiter.await.unwrap(), 2);
        assert_eq!(time().since_start(), secs(3));
    });
}

#[test]
fn w10_it_suspends_once_even_if_all_are_done() {
    Setup::new().run(async {
        let task = spawn(async { "done" });
        yield_now().await;
        assert!(task.done());
        let ran = Rc::new(Cell::new(false));
        let callback = ran.clone();
        let before = iteration();
        call_soon(move || callback.set(true));
        let (done, _) = wait([task], FirstCompleted).await;
        assert!(ran.get(), "what was queued before ran");
        assert_eq!((names(done), iteration() - before), (vec!["done"], 2));
    });
}

#[test]
fn w11_done_and_pending_have_nothing_in_common_and_are_all_there_is() {
    Setup::new().run(async {
        let tasks: Vec<_> = (0..6).map(|n| spawn(sleep(secs(n)))).collect();
        let given: Vec<_> = tasks.iter().map(|task| task.ticket()).collect();
        let (done, pending) = wait(tasks, AllCompleted).timeout(ms(2500)).await;
        assert_eq!((done.len(), pending.len()), (3, 3));
        let all = done.into_iter().chain(pending.into_tasks());
        let got: Vec<_> = all.map(|task| task.ticket()).collect();
        assert_eq!(got, given);
    });
}

#[test]
fn w12_what_is_done_is_looked_at_when_the_waiter_resumes() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        // All timers are due at one instant. The members' timers were set first.
        let b = |name| spawn(child(log.clone(), name, 200));
        let tasks = [b("b1"), b("b2")];
        yield_now().await;
        let (done, pending) = wait(tasks, AllCompleted).timeout(ms(200)).await;
        log.say("told");
        assert_eq!((names(done), pending.len()), (vec!["b1", "b2"], 0));
        // The wait's own timer was set first: no member has finished before it.
        let tasks = [b("b3"), b("b4")];
        let (done, pending) = wait(tasks, AllCompleted).timeout(ms(200)).await;
        log.say("told");
        assert_eq!((done.len(), pending.len()), (0, 2));
    });
    assert_eq!(log.times(), "b1@200 b2@200 told@200 told@400 b3@400 b4@400");
}

#[test]
fn w11_done_tasks_come_in_the_order_of_the_members() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let members = [("c", 3000), ("a", 1000), ("b", 2000)];
        let members = members.map(|(name, at)| child(log.clone(), name, at));
        let (done, _) = wait(members, AllCompleted).await;
        assert_eq!(names(done), ["c", "a", "b"]);
    });
}

/// The value of a shield is fetched from the shielded task before it is looked at.
#[test]
fn w06_an_err_of_a_member_that_is_no_task_ends_it_when_errors_count() {
    Setup::new().run(async {
        let ends = async |seconds, result: Result<u32, &'static str>| {
            sleep(secs(seconds)).await;
            result
        };
        let members = [shield(ends(1, Err("no"))), shield(ends(3, Ok(3)))];
        let (done, pending) = wait(members, FirstException).errors_count().await;
        assert_eq!(
            (done.len(), pending.len(), time().since_start()),
            (1, 1, secs(1))
        );
    });
}
