//! Reduced searches of random programs.
//!
//! Read next: `../reductions.rs`.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use groundup::{Lock, Promise, TaskRef, call_later, race, sleep, spawn, timeout, yield_now};
use groundup_testkit::{Explore, pick};
use proptest::prelude::*;

use crate::toys::ms;

/// One act of a task.
#[derive(Clone, Copy, Debug)]
enum Act {
    Yield,
    Sleep(u64),
    Race(u64, u64),
    /// Two branches at one lock.
    RaceLocks,
    /// A promise, and a sleep.
    RacePromise(u64),
    Set,
    Hold(u64),
    Timeout(u64, u64),
    Cancel(usize),
    Call(u64),
    Pick,
}

fn programs() -> impl Strategy<Value = Vec<Vec<Act>>> {
    let act = prop_oneof![
        2 => Just(Act::Yield),
        4 => (1_u64..3).prop_map(Act::Sleep),
        2 => (1_u64..3, 1_u64..3).prop_map(|(one, other)| Act::Race(one, other)),
        2 => (1_u64..3, 1_u64..3).prop_map(|(one, other)| Act::Timeout(one, other)),
        3 => Just(Act::RaceLocks),
        1 => (1_u64..3).prop_map(Act::RacePromise),
        1 => Just(Act::Set),
        3 => (1_u64..3).prop_map(Act::Hold),
        1 => (0_usize..3).prop_map(Act::Cancel),
        1 => (1_u64..3).prop_map(Act::Call),
        1 => Just(Act::Pick),
    ];
    prop::collection::vec(prop::collection::vec(act, 0..4), 1..4)
}

/// Runs a program. Returns what was done, in order.
async fn run(program: Vec<Vec<Act>>) -> String {
    let log = Rc::new(RefCell::new(String::new()));
    let refs = Rc::new(RefCell::new(Vec::new()));
    let (lock, promise) = (Rc::new(Lock::new()), Promise::new());
    let tasks = program.into_iter().zip('a'..).map(|(acts, name)| {
        let (log, refs) = (log.clone(), refs.clone());
        let (lock, promise) = (lock.clone(), promise.clone());
        spawn(async move {
            for act in acts {
                let answer = match act {
                    Act::Yield => {
                        yield_now().await;
                        String::new()
                    }
                    Act::Sleep(time) => {
                        sleep(ms(time)).await;
                        String::new()
                    }
                    Act::Race(one, other) => {
                        let branch = |time| {
                            Box::pin(async move {
                                sleep(ms(time)).await;
                                time
                            })
                        };
                        race([branch(one), branch(other)]).await.to_string()
                    }
                    Act::RaceLocks => {
                        let branch = |name| {
                            let lock = &lock;
                            Box::pin(async move {
                                let _guard = lock.acquire().await;
                                name
                            })
                        };
                        let locked = lock.locked();
                        let first = race([branch("one"), branch("two")]).await;
                        format!("{first} {locked}")
                    }
                    Act::RacePromise(time) => {
                        let promise = promise.clone();
                        race((async move { promise.await.is_ok() }, async move {
                            sleep(ms(time)).await;
                            false
                        }))
                        .await
                        .to_string()
                    }
                    Act::Set => promise.set_result(()).is_ok().to_string(),
                    Act::Hold(time) => {
                        let _guard = lock.acquire().await;
                        sleep(ms(time)).await;
                        String::new()
                    }
                    Act::Timeout(limit, time) => {
                        let slept = timeout(ms(limit), sleep(ms(time))).await;
                        slept.is_ok().to_string()
                    }
                    Act::Cancel(number) => {
                        let refs: Ref<'_, Vec<TaskRef>> = refs.borrow();
                        refs.get(number)
                            .is_some_and(|task| task.cancel())
                            .to_string()
                    }
                    Act::Call(time) => {
                        let log = log.clone();
                        call_later(ms(time), move || log.borrow_mut().push('!'));
                        String::new()
                    }
                    Act::Pick => pick(2).to_string(),
                };
                log.borrow_mut().push_str(&format!("{name}{answer} "));
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    *refs.borrow_mut() = tasks.iter().map(|task| task.task_ref()).collect();
    for task in tasks {
        let _ = task.await;
    }
    let _ = promise.set_result(());
    log.take()
}

proptest! {
    /// A reduction loses no outcome, and adds none.
    #[test]
    fn a_reduction_keeps_the_outcomes(program in programs()) {
        let run = || run(program.clone());
        let all = Explore::new().exhaustive(150);
        let census = all.census(run);
        prop_assume!(census.complete());
        let reduced = all.reduced().census(run);
        prop_assert!(reduced.complete());
        prop_assert_eq!(reduced.outcomes(), census.outcomes());
        prop_assert!(reduced.schedules() <= census.schedules());
    }
}
