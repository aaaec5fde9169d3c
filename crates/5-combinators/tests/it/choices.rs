//! What a chooser learns of the options.
//!
//! Invariant: the names are those of the entries, watched or not.
//!
//! Read next: `in_place.rs`.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use groundup_combinators::executor::{EventLoop, call_later, call_soon, sleep, spawn};
use groundup_combinators::task::yield_now;
use groundup_combinators::trace::{Candidate, Choice, Chooser, Recorder};
use groundup_combinators::{gather, race, timeout};

use crate::setup::secs;

/// Chooses first in, first out. Keeps the names of the options, and the answers that made no
/// difference.
#[derive(Clone, Default)]
struct Tells(Rc<RefCell<Vec<String>>>);

impl Chooser for Tells {
    fn choose(&mut self, _: Choice, _: usize) -> usize {
        unreachable!("every option has a name")
    }

    fn choose_among(
        &mut self,
        choice: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        let names: Vec<String> = (0..options).map(|at| candidate(at).to_string()).collect();
        let line = format!("{choice:?}: {}", names.join(", "));
        self.0.borrow_mut().push(line);
        0
    }

    fn moot(&mut self) {
        self.0.borrow_mut().push(String::from("moot"));
    }
}

/// Returns the names of all options of a program, in order.
fn told<F: Future<Output = ()>>(program: impl Fn() -> F) -> Vec<String> {
    let told = [true, false].map(|watched| {
        let chooser = Tells::default();
        let told = chooser.clone();
        let builder = EventLoop::builder().virtual_time().chooser(chooser);
        let event_loop = match watched {
            true => builder.trace(Recorder::new()).build(),
            false => builder.build(),
        };
        event_loop.run_until_complete(program()).unwrap();
        told.0.take()
    });
    assert_eq!(told[0], told[1], "watching changes no name");
    told[0].clone()
}

#[test]
fn each_kind_of_entry_has_its_name() {
    let names = told(|| async {
        let sleepers = [1, 1].map(|seconds| spawn(sleep(secs(seconds))));
        let late = spawn(async { timeout(secs(1), sleep(secs(9))).await.unwrap_err() });
        call_later(secs(1), || {});
        call_soon(|| {}).cancel();
        gather(sleepers).await.unwrap();
        late.await.unwrap();
    });
    let expected = [
        "Ready: task#2, task#3, task#4, nothing",
        "Ready: task#3, task#4, nothing",
        "Ready: task#4, nothing",
        "Ready: a callback, timer of task#2, timer of task#3, deadline of task#4",
        "Ready: timer of task#2, timer of task#3, deadline of task#4",
        "Ready: timer of task#3, deadline of task#4",
        "Ready: task#2, task#3, task#4",
        "Ready: task#3, task#4",
        "Ready: end of task#2, end of task#3",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_race_without_a_winner_is_moot_and_one_with_a_winner_is_not() {
    let names = told(|| async {
        race([sleep(secs(1)), sleep(secs(2))]).await;
    });
    assert_eq!(
        names,
        [
            "Branch: branch 1, branch 2",
            "moot",
            "Branch: branch 1, branch 2"
        ]
    );
}

#[test]
fn an_answer_that_another_choice_follows_is_not_moot() {
    let inner = || race([sleep(secs(1)), sleep(secs(2))]);
    let names = told(|| async move {
        let (one, other) = (pin!(inner()), pin!(inner()));
        race([one, other]).await;
    });
    let inner = ["Branch: branch 1, branch 2", "moot"];
    let first = [&["Branch: branch 1, branch 2"][..], &inner, &inner].concat();
    assert_eq!(names[..first.len()], first);
    assert_ne!(
        names[first.len()],
        "moot",
        "the outer answer was not the last one"
    );
}

#[test]
fn a_race_that_makes_something_ready_is_not_moot() {
    let names = told(|| async {
        let spawns = || {
            Box::pin(async {
                spawn(yield_now()).detach();
                sleep(secs(1)).await;
            })
        };
        race([spawns(), spawns()]).await;
    });
    assert_ne!(names[1], "moot", "{names:?}");
}
