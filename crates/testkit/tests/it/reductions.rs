//! Fewer schedules, and the same outcomes.
//!
//! Read next: `sampling.rs`.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use groundup::{Lock, race, sleep, spawn, yield_now};
use groundup_testkit::{Explore, Shared};

use crate::p9::p9;
use crate::toys::ms;

/// Runs all schedules, and then the reduced ones. Returns the two numbers.
fn both<F>(most: u64, program: impl Fn() -> F) -> (u64, u64)
where
    F: Future<Output: Ord + Debug + Clone + 'static> + 'static,
{
    let all = Explore::new().exhaustive(most);
    let reduced = all.clone().reduced().census(&program);
    let all = all.census(&program);
    assert!(all.complete() && reduced.complete(), "{}", all.schedules());
    assert_eq!(reduced.outcomes(), all.outcomes());
    (all.schedules(), reduced.schedules())
}

/// Does what `both` does, and runs a search by footprints, too.
fn three<F>(most: u64, program: impl Fn() -> F) -> (u64, u64, u64)
where
    F: Future<Output: Ord + Debug + Clone + 'static> + 'static,
{
    let (all, reduced) = both(most, &program);
    let outcomes = Explore::new().exhaustive(most).census(&program);
    let fewer = Explore::new().exhaustive(most).by_footprints();
    let fewer = fewer.census(&program);
    assert!(fewer.complete());
    assert_eq!(fewer.outcomes(), outcomes.outcomes());
    (all, reduced, fewer.schedules())
}

/// Three sleeps that end together.
async fn toy3() -> String {
    let order = Rc::new(RefCell::new(String::new()));
    let tasks = ["a", "b", "c"].map(|name| {
        let order = order.clone();
        spawn(async move {
            sleep(ms(1)).await;
            order.borrow_mut().push_str(name);
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    order.take()
}

/// Two clients, each of which races twice.
async fn two_clients() -> String {
    let order = Rc::new(RefCell::new(String::new()));
    let tasks = ["a", "b"].map(|name| {
        let order = order.clone();
        spawn(async move {
            for _ in 0..2 {
                race([sleep(ms(1)), sleep(ms(2))]).await;
                order.borrow_mut().push_str(name);
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    order.take()
}

/// Workers, of which two share a cell, as `cell` makes it.
async fn workers<C: Counter>(count: u32) -> (u32, u32) {
    let cell = C::default();
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let cell = cell.clone();
            spawn(async move {
                let read = if number < 2 { cell.get() } else { 0 };
                yield_now().await;
                if number < 2 {
                    cell.set(read * 2 + number);
                }
                number
            })
        })
        .collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    (cell.get(), sum)
}

/// A cell that tasks share.
trait Counter: Clone + Default + 'static {
    fn get(&self) -> u32;
    fn set(&self, value: u32);
}

impl Counter for Rc<Cell<u32>> {
    fn get(&self) -> u32 {
        Cell::get(self)
    }

    fn set(&self, value: u32) {
        Cell::set(self, value);
    }
}

impl Counter for Shared<u32> {
    fn get(&self) -> u32 {
        Shared::get(self)
    }

    fn set(&self, value: u32) {
        Shared::set(self, value);
    }
}

#[test]
fn three_sleeps_that_end_together() {
    assert_eq!(both(1_000, toy3), (216, 36));
    let census = Explore::new().exhaustive(1_000).reduced().census(toy3);
    assert_eq!(census.counts(), [6; 6]);
}

#[test]
fn two_clients_that_race_twice() {
    assert_eq!(both(10_000, two_clients), (8_192, 128));
}

/// Without footprints nothing is left out. With them, plain cells are invisible, and `Shared` ones are not.
#[test]
fn workers_of_which_two_share_a_cell() {
    assert_eq!(three(1_000, || workers::<Shared<u32>>(4)), (576, 576, 2));
    let census = Explore::new().exhaustive(1_000).by_footprints();
    let census = census.census(|| workers::<Rc<Cell<u32>>>(4));
    assert_eq!((census.schedules(), census.outcomes().len()), (1, 1));
}

#[test]
fn five_workers_of_which_two_share_a_cell() {
    let census = Explore::new().exhaustive(100).by_footprints();
    let census = census.census(|| workers::<Shared<u32>>(5));
    assert_eq!((census.schedules(), census.complete()), (2, true));
}

#[test]
#[ignore = "28,800 schedules: cargo test --release -p groundup-testkit --test it -- --ignored five_workers"]
fn five_workers_under_all_schedules() {
    let figures = three(20_000, || workers::<Shared<u32>>(5));
    assert_eq!(figures, (14_400, 14_400, 2));
}

/// The line is joined by the waker of the task, or by one of another crate beside a sleep.
#[test]
fn the_order_in_a_line_is_an_outcome() {
    let own = || {
        race_at_a_lock(|lock, name| {
            Box::pin(async move {
                drop(lock.acquire().await);
                name
            })
        })
    };
    assert_eq!(both(10_000, own), (8, 4));
    let hidden = || {
        race_at_a_lock(|lock, name| {
            Box::pin(async move {
                let mut locks = FuturesUnordered::new();
                locks.push(async move { drop(lock.acquire().await) });
                futures::future::select(locks.next(), pin!(sleep(ms(9)))).await;
                name
            })
        })
    };
    both(10_000, hidden);
}

type Racer = Pin<Box<dyn Future<Output = &'static str>>>;

/// A race for a lock that its task holds until both branches wait.
async fn race_at_a_lock(racer: impl Fn(Rc<Lock>, &'static str) -> Racer) -> &'static str {
    let lock = Rc::new(Lock::new());
    let guard = lock.acquire().await;
    let racers = ["a", "b"].map(|name| racer(lock.clone(), name));
    let race = spawn(race(racers));
    sleep(ms(1)).await;
    drop(guard);
    race.await.unwrap()
}

/// The outcomes of program 9 with everything free.
const OF_P9: [(u32, u128); 6] = [
    (16, 3200),
    (17, 3200),
    (17, 3400),
    (18, 3400),
    (18, 3600),
    (19, 3600),
];

#[test]
#[ignore = "774,144 schedules: cargo test --release -p groundup-testkit --test it -- --ignored p9"]
fn p9_with_everything_free() {
    assert_eq!(both(1_000_000, p9), (331_776, 221_184));
    let census = Explore::new().exhaustive(1_000_000).reduced().census(p9);
    assert_eq!(census.outcomes(), OF_P9);
    assert_eq!(census.counts(), [36_864; 6]);
}

/// The outcomes are those of the whole search.
#[test]
#[ignore = "36,864 schedules: cargo test --release -p groundup-testkit --test it -- --ignored p9 --nocapture"]
fn p9_by_footprints() {
    let census = Explore::new().exhaustive(1_000_000).by_footprints();
    let census = census.census(p9);
    println!("{census}");
    assert_eq!(census.outcomes(), OF_P9);
    assert!(
        census.complete() && census.schedules() == 36_864,
        "{}",
        census.schedules()
    );
}
