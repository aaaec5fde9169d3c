//! Several at once: what each verb takes; where a select begins.
//!
//! The problem: a program that has two futures of two types, and one that has a list of them,
//! should call the same function. And a program should not have to know a number for each
//! function: each takes tuples of one to twelve.
//!
//! Invariant: each verb is asked with every length of a tuple, and with every kind of list.
//!
//! Read next: `in_place.rs`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{Future, pending, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures::executor::block_on;
use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{StreamExt, iter};
use groundup_combinators::executor::task::{catch_cancel, yield_now};
use groundup_combinators::executor::trace::Replay;
use groundup_combinators::executor::{EventLoop, run_virtual, spawn};
use groundup_combinators::{
    Selected, async_map, gather, join, merge, plain, race, race_ok, select, select_biased,
    try_join, zip,
};

type Number = LocalBoxFuture<'static, usize>;

/// A future that is done at once if its number is `first`, and otherwise never.
fn only(first: usize, number: usize) -> Number {
    match number == first {
        true => ready(number).boxed_local(),
        false => pending().boxed_local(),
    }
}

/// A future that fails at once if its number is `first`, and is otherwise never done.
fn fails(first: usize, number: usize) -> LocalBoxFuture<'static, ()> {
    only(first, number).map(|n| panic!("{n}")).boxed_local()
}

/// Calls each verb with a tuple of these variables.
macro_rules! each_verb {
    ($($name:ident)+) => {{
        let count = [$(stringify!($name)),+].len();
        let all: Vec<usize> = (0..count).collect();
        // Makes a tuple, with an expression for each number.
        macro_rules! tuple {
            ($make:expr) => {{
                let (mut numbers, make) = (0.., $make);
                ($({
                    let $name = numbers.next().unwrap();
                    make($name)
                },)+)
            }};
        }
        let list = |($($name,)+)| vec![$($name),+];

        assert_eq!(list(join(tuple!(ready)).await), all);
        let tried = try_join(tuple!(|n| ready(Ok::<_, ()>(n)))).await;
        assert_eq!(tried.map(list), Ok(all.clone()));
        assert_eq!(gather(tuple!(ready)).await.map(list).unwrap(), all);
        assert_eq!(gather(tuple!(|n| spawn(ready(n)))).await.map(list).unwrap(), all);
        let refused = race_ok(tuple!(|n| ready(Err::<(), _>(n)))).await;
        assert_eq!(refused, Err(all.clone()));
        assert_eq!(merge(tuple!(|n| iter([n]))).collect::<Vec<_>>().await, all);
        let mut rows = zip(tuple!(|n| iter([n, n + 1])));
        assert_eq!(rows.next().await.map(list), Some(all.clone()));
        assert_eq!(rows.next().await.map(list).unwrap()[0], 1);
        assert_eq!(rows.next().await.map(list), None);
        let rows = async_map(plain(list), tuple!(|n| [n, n + 1]));
        assert_eq!(rows.collect_vec().await.unwrap()[0], all);
        for first in all {
            assert_eq!(race(tuple!(|n| only(first, n))).await, first);
            assert_eq!(select(tuple!(|n| only(first, n))).await.index(), first);
            assert_eq!(select_biased(tuple!(|n| only(first, n))).await.index(), first);
            // One of the children fails, and no other has ended.
            let failed = gather(tuple!(|n| fails(first, n))).await;
            assert!(failed.map(|_: ($(never!($name),)+)| ()).unwrap_err().to_string().ends_with(&first.to_string()));
        }
    }};
}

macro_rules! never {
    ($name:ident) => {
        ()
    };
}

#[test]
fn each_verb_takes_tuples_of_one_to_twelve() {
    run_virtual(async {
        each_verb!(a);
        each_verb!(a b);
        each_verb!(a b c);
        each_verb!(a b c d);
        each_verb!(a b c d e);
        each_verb!(a b c d e f);
        each_verb!(a b c d e f g);
        each_verb!(a b c d e f g h);
        each_verb!(a b c d e f g h i);
        each_verb!(a b c d e f g h i j);
        each_verb!(a b c d e f g h i j k);
        each_verb!(a b c d e f g h i j k l);
    });
}

/// Calls each verb with each kind of list.
macro_rules! each_list {
    ($($list:ident),+) => {$(
        assert_eq!(join($list(ready)).await, [0, 1, 2]);
        assert_eq!(try_join($list(|n| ready(Ok::<_, ()>(n)))).await, Ok(vec![0, 1, 2]));
        assert_eq!(gather($list(ready)).await.unwrap(), [0, 1, 2]);
        assert_eq!(race($list(|n| only(1, n))).await, 1);
        assert_eq!(race_ok($list(|n| ready(Err::<(), _>(n)))).await, Err(vec![0, 1, 2]));
        assert_eq!(merge($list(|n| iter([n]))).collect::<Vec<_>>().await, [0, 1, 2]);
        let rows = zip($list(|n| iter(n..9))).take(2).collect::<Vec<_>>().await;
        assert_eq!(rows, [[0, 1, 2], [1, 2, 3]]);
    )+};
}

#[test]
fn each_verb_takes_arrays_vectors_and_iterators() {
    fn array<T>(make: impl Fn(usize) -> T) -> [T; 3] {
        [0, 1, 2].map(make)
    }
    fn vector<T>(make: impl Fn(usize) -> T) -> Vec<T> {
        (0..3).map(make).collect()
    }
    fn iterator<T>(make: impl Fn(usize) -> T) -> impl Iterator<Item = T> {
        (0..3).map(make)
    }
    run_virtual(async {
        each_list!(array, vector, iterator);
        // Of nothing: what waits for all is done at once.
        let none = Vec::<futures::future::Ready<u8>>::new;
        assert_eq!(
            (join(none()).await, gather(none()).await.unwrap()),
            (vec![], vec![])
        );
        let none = || none().into_iter().map(FutureExt::into_stream);
        assert_eq!(
            (merge(none()).next().await, zip(none()).next().await),
            (None, None)
        );
    });
}

/// A future that notes its number at each poll and never ends.
fn noted(log: &Rc<RefCell<Vec<usize>>>, number: usize) -> impl Future<Output = ()> + use<> {
    let log = log.clone();
    poll_fn(move |_| {
        log.borrow_mut().push(number);
        Poll::Pending
    })
}

/// Polls a select of twelve once; returns the order of the polls.
async fn order_of_polls(biased: bool) -> Vec<usize> {
    let log = Rc::default();
    let tuple = || {
        let of = |n| noted(&log, n);
        (
            of(0),
            of(1),
            of(2),
            of(3),
            of(4),
            of(5),
            of(6),
            of(7),
            of(8),
            of(9),
            of(10),
            of(11),
        )
    };
    match biased {
        false => drop(futures::poll!(select(tuple()))),
        true => drop(futures::poll!(select_biased(tuple()))),
    }
    log.take()
}

#[test]
fn a_select_begins_at_any_branch_and_goes_round() {
    let in_order: Vec<usize> = (0..12).collect();
    let begins = || {
        run_virtual(async {
            let mut begins = Vec::new();
            for _ in 0..24 {
                let order = order_of_polls(false).await;
                let mut expected = in_order.clone();
                expected.rotate_left(order[0]);
                assert_eq!(order, expected);
                assert_eq!(order_of_polls(true).await, in_order);
                begins.push(order[0]);
            }
            begins
        })
    };
    assert_eq!(begins().iter().collect::<BTreeSet<_>>().len(), 12);
    assert_eq!(begins(), begins(), "the same in each run");
    assert_eq!(block_on(order_of_polls(false)), in_order);
    assert_eq!(block_on(order_of_polls(true)), in_order);
}

#[test]
fn a_select_begins_with_the_same_branch_in_each_poll() {
    run_virtual(async {
        for _ in 0..12 {
            let log = Rc::default();
            let mut selected = pin!(select((noted(&log, 0), noted(&log, 1), noted(&log, 2))));
            for _ in 0..3 {
                assert!(futures::poll!(selected.as_mut()).is_pending());
                yield_now().await;
            }
            let polls = log.take();
            assert_eq!(polls[..3], polls[3..6]);
            assert_eq!(polls[..3], polls[6..]);
        }
    });
}

#[test]
fn under_a_chooser_a_select_begins_where_the_chooser_says_and_a_biased_one_does_not() {
    let choices = Replay::new([4, 0, 11]);
    let event_loop = EventLoop::builder().virtual_time().chooser(choices).build();
    let ran = event_loop.run_until_complete(async {
        for first in [4, 0, 11] {
            assert_eq!(order_of_polls(true).await[0], 0);
            assert_eq!(order_of_polls(false).await[0], first);
        }
    });
    ran.unwrap();
}

#[test]
fn no_branch_of_nested_selects_starves_another() {
    run_virtual(async {
        let mut wins = [0; 4];
        for _ in 0..1000 {
            let inner = || select((ready(()), ready(())));
            wins[match select((inner(), inner())).await {
                Selected::First(inner) => inner.index(),
                Selected::Second(inner) => 2 + inner.index(),
            }] += 1;
            yield_now().await;
        }
        assert!(wins.iter().all(|wins| *wins > 100), "{wins:?}");
    });
}

#[test]
fn under_a_chooser_too_a_cancel_goes_to_the_first_region_in_argument_order() {
    for seed in 0..40 {
        for verb in ["select", "race", "long race"] {
            let event_loop = EventLoop::builder().virtual_time().seed(seed).build();
            let told = event_loop.run_until_complete(async move {
                let told = Rc::new(RefCell::new(Vec::new()));
                let region = |number| {
                    let told = told.clone();
                    async move {
                        let ended = catch_cancel(pending::<()>()).await;
                        told.borrow_mut().push(number);
                        ended.map_err(drop)
                    }
                };
                let (a, b, more) = (region(0), region(1), (2..40).map(region));
                let many: Vec<_> = [region(0), region(1)].into_iter().chain(more).collect();
                let task = spawn(async move {
                    match verb {
                        "select" => drop(select((a, b)).await),
                        "race" => drop(race((a, b)).await),
                        _ => drop(race(many).await),
                    }
                });
                yield_now().await;
                yield_now().await;
                task.cancel();
                task.ended().await;
                told.take()
            });
            let first = told.unwrap().first().copied();
            assert_eq!(first, Some(0), "{verb} under seed {seed}");
        }
    }
}

#[test]
fn a_cancel_goes_to_the_first_region_of_a_select_in_argument_order_in_each_iteration() {
    run_virtual(async {
        for later in 0..6 {
            let caught = Rc::new(Cell::new(None));
            let by = |number: u32| {
                let caught = caught.clone();
                async move {
                    let ended = catch_cancel(pending::<()>()).await;
                    caught.set(caught.get().or(Some(number)));
                    ended.unwrap_err().raise().await
                }
            };
            let task = spawn({
                let members = (by(0), by(1), by(2));
                async move { select(members).await.index() }
            });
            for _ in 0..=later {
                yield_now().await;
            }
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(caught.get(), Some(0));
        }
    });
}

#[test]
fn a_select_of_one_has_one_variant() {
    let Selected::First(five) = block_on(select((ready(5),)));
    assert_eq!(five, 5);
}
