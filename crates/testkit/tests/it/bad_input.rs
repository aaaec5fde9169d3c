//! Programs that cannot be explored, each with its sentence.
//!
//! Read next: `foreign.rs`. Beside `it/`, `leaks.rs` uses up the loops of its process, and
//! `process.rs` has a panic hook and a thread that blocks.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use groundup::{interval, spawn, spawn_named, yield_now};
use groundup_testkit::{CancelEverywhere, Case, Explore, FailureKind, cancel_everywhere};

use crate::toys::{ms, tasks};

#[test]
fn a_program_whose_questions_change_is_not_repeatable() {
    let runs = Cell::new(0);
    let found = Explore::new().check(|| {
        let count = 2 + runs.replace(runs.get() + 1) % 2;
        async move { drop(tasks(count, 2).await) }
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::NotRepeatable);
    assert!(
        failure.text.contains("question 0 was first one of"),
        "{failure}"
    );
}

#[test]
fn a_failure_that_comes_every_third_time_is_not_repeatable() {
    let runs = Cell::new(0);
    let found = Explore::new().check(|| {
        let run = runs.replace(runs.get() + 1);
        async move {
            tasks(2, 2).await;
            assert!(run % 3 < 2, "by accident");
        }
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::NotRepeatable);
    assert!(
        failure
            .text
            .contains("two runs of one schedule are not alike"),
        "{failure}"
    );
}

/// The search runs the first schedule again, to find the questions of the next ones. That run counts no
/// schedule, and its failure is no less a failure.
#[test]
fn a_failure_of_a_schedule_that_has_passed_is_not_repeatable() {
    for failing in 1..8 {
        let runs = Cell::new(0);
        let found = Explore::new().seeds(0).check(|| {
            let run = runs.replace(runs.get() + 1);
            async move {
                tasks(2, 2).await;
                assert_ne!(run, failing, "by accident");
            }
        });
        let failure = found.expect_err(&format!("run {failing} failed")).failure;
        assert_eq!(failure.kind, FailureKind::NotRepeatable);
    }
}

/// A `HashSet` has another order in each run. The first failing order is not the second.
#[test]
fn the_order_of_a_hash_set_is_found_out() {
    let found = Explore::new().check(|| async {
        let numbers: HashSet<u32> = (0..1_000).collect();
        let order = Rc::new(RefCell::new(Vec::new()));
        for number in numbers.into_iter().take(20) {
            let order = order.clone();
            let task = spawn(async move { order.borrow_mut().push(number) });
            task.set_name(format!("n{number}"));
            task.await.unwrap();
        }
        assert!(order.borrow().is_sorted());
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::NotRepeatable);
    assert!(
        failure.text.contains("HashMap") && failure.text.contains("then `"),
        "{failure}"
    );
}

/// `futures::select!` polls a random branch first, by random numbers of its own. No two runs go the same ways.
#[test]
fn the_random_branches_of_a_foreign_select_are_found_out() {
    let found = Explore::new().check(|| async {
        let mut ways = String::new();
        for _ in 0..40 {
            futures::select! {
                () = futures::future::ready(()) => ways.push('a'),
                () = futures::future::ready(()) => ways.push('b'),
            }
        }
        spawn_named(ways.clone(), async {}).await.unwrap();
        assert!(!ways.contains('b'));
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::NotRepeatable);
    assert!(
        failure.text.contains("random numbers") && failure.text.contains("then `"),
        "{failure}"
    );
}

/// A thread of the program's own, which counts. The loop neither knows it nor waits for it.
#[test]
fn a_thread_that_the_loop_does_not_know_is_found_out() {
    let (send, numbers) = std::sync::mpsc::sync_channel(0);
    let counter = std::thread::spawn(move || {
        for number in 0.. {
            if send.send(number).is_err() {
                return;
            }
        }
    });
    let found = Explore::new().check(|| {
        let number: u32 = numbers.recv().unwrap();
        async move {
            spawn_named(format!("n{number}"), async {}).await.unwrap();
            assert_eq!(number, u32::MAX, "it fails in each run");
        }
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::NotRepeatable);
    assert!(
        failure.text.contains("another thread") && failure.text.contains("n1"),
        "{failure}"
    );
    drop(numbers);
    counter.join().unwrap();
}

#[test]
fn a_program_that_never_ends_is_ended() {
    let found = Explore::new().iterations(50).check(|| async {
        while groundup::iteration() > 0 {
            yield_now().await;
        }
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::Endless);
    assert!(failure.text.contains("without an end: main"), "{failure}");
    let found = Explore::new().iterations(50).check(|| async {
        let task = spawn(async {
            let mut ticks = interval(ms(10));
            loop {
                ticks.tick().await;
            }
        });
        task.set_name("heart");
        task.detach();
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::Endless);
    assert!(failure.text.contains("after its end: heart"), "{failure}");
}

#[test]
#[should_panic(expected = "`sampled_by` got no way to draw a random schedule")]
fn seeds_that_are_drawn_in_no_way_are_refused() {
    drop(Explore::new().sampled_by([]));
}

#[test]
#[should_panic(
    expected = "the case fails without any disturbance: law 1 of the case does not hold"
)]
fn a_case_without_its_law_is_refused() {
    cancel_everywhere(|| Case::new(async {}).law(|| false));
}

#[test]
#[should_panic(expected = "two runs of one schedule are not alike: question")]
fn a_case_whose_questions_change_is_not_repeatable() {
    let runs = Cell::new(0);
    cancel_everywhere(|| {
        let count = 2 + runs.replace(runs.get() + 1) % 2;
        Case::new(async move { drop(tasks(count, 2).await) })
    });
}

#[test]
fn a_law_that_is_broken_every_third_time_is_not_repeatable() {
    let runs = Cell::new(1);
    let report = cancel_everywhere(|| {
        let run = runs.replace(runs.get() + 1);
        Case::new(yield_now()).law(move || run % 3 > 0)
    });
    let kinds: Vec<FailureKind> = report.broken().map(|found| found.failure.kind).collect();
    assert!(!kinds.is_empty());
    assert!(
        kinds.iter().all(|kind| *kind == FailureKind::NotRepeatable),
        "{kinds:?}"
    );
}

#[test]
fn a_law_that_panics_is_broken() {
    let report = cancel_everywhere(|| {
        let calm = Rc::new(Cell::new(false));
        let ended = calm.clone();
        Case::new(async move {
            yield_now().await;
            ended.set(true);
        })
        .law(move || {
            assert!(calm.get(), "it has not ended");
            true
        })
    });
    let texts: Vec<String> = report
        .broken()
        .map(|found| found.failure.text.clone())
        .collect();
    assert!(!texts.is_empty());
    assert!(
        texts
            .iter()
            .all(|text| text == "a law panicked: it has not ended"),
        "{texts:?}"
    );
}

/// A reader that looks again and again, and a writer that may be cancelled.
#[test]
fn a_run_that_never_comes_to_rest_is_broken() {
    let report = CancelEverywhere::new().iterations(100).run(|| {
        Case::new(async {
            let written = Rc::new(Cell::new(false));
            let read = written.clone();
            let writer = spawn_named("writer", async move {
                yield_now().await;
                written.set(true);
            });
            let reader = spawn(async move {
                while !read.get() {
                    yield_now().await;
                }
            });
            writer.await.ok();
            reader.await.ok();
        })
    });
    let broken: Vec<_> = report.broken().collect();
    assert!(!broken.is_empty());
    assert!(
        broken
            .iter()
            .all(|found| found.failure.kind == FailureKind::Endless)
    );
    let writer = |story: &str| story.contains("cancel writer before iteration");
    assert!(broken.iter().any(|found| writer(&found.story)));
}

#[test]
fn a_name_of_two_lines_breaks_no_table() {
    let report = cancel_everywhere(|| {
        Case::new(async {
            let _ = spawn_named("a|b\nc", yield_now()).await;
        })
    });
    let table = report.to_string();
    assert!(table.contains("| a/b\\nc is ready to run |"), "{table}");
}
