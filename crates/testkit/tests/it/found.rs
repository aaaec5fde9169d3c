//! Bugs that are found, made smaller, and told.
//!
//! Read next: `bugs.rs`.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use groundup::trace::Verb;
use groundup::{
    Lock, Promise, join, race, remote, sleep, spawn, spawn_named, timeout, to_thread, yield_now,
};
use groundup_testkit::{Explore, FailureKind, Sampling, census, explore, pick, rng};

use crate::toys::{ms, tasks};

#[path = "../../src/explore/lines.rs"]
mod lines;

#[test]
fn a_trace_that_is_the_beginning_of_another_is_not_equal() {
    use lines::unequal_lines;

    assert_eq!(unequal_lines("a\nb", "a\nb"), None);
    assert_eq!(unequal_lines("a\n b", "a\n c\nd"), Some(("b", "c")));
    assert_eq!(unequal_lines("a", "a\n b"), Some(("the end", "b")));
    assert_eq!(unequal_lines("a\nb", "a"), Some(("b", "the end")));
}

/// Adds 1 to a counter, if no other task does so meanwhile.
async fn bump(counter: Rc<Cell<u32>>) {
    let read = counter.get();
    yield_now().await;
    counter.set(read + 1);
}

/// Two writers that read in one round, if the second comes first.
async fn two_writers(noise: usize) {
    let (counter, flag) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    let (first, seen) = (counter.clone(), flag.clone());
    let w1 = spawn_named("w1", async move {
        seen.set(true);
        bump(first).await;
    });
    let second = counter.clone();
    let w2 = spawn_named("w2", async move {
        if flag.get() {
            yield_now().await;
            yield_now().await;
        }
        bump(second).await;
    });
    let mut tasks = vec![w1, w2];
    for number in 0..noise {
        tasks.push(spawn_named(format!("n{number}"), async {
            for _ in 0..3 {
                yield_now().await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(counter.get(), 2);
}

/// The events are those of the run that fails, so its picture is the picture of the fault.
#[test]
fn a_fault_has_the_events_of_its_run() {
    let found = Explore::new().check(|| two_writers(0)).unwrap_err();
    let timeline = groundup_view::Timeline::of(&found.events);
    assert_eq!(timeline.gap(), None);
    let names: Vec<&str> = timeline
        .lanes()
        .iter()
        .map(|lane| &*lane.task.name)
        .collect();
    assert_eq!(names, ["main", "w1", "w2"], "{found}");
    let steps: Vec<&str> = (found.events.iter())
        .filter(|event| matches!(event.verb, Verb::Step))
        .filter_map(|event| event.task.as_ref().map(|task| &*task.name))
        .collect();
    assert_eq!(steps[..3], ["main", "w2", "w1"], "{}", found.story);
}

/// Another task panics in the same iteration, after main.
#[test]
fn the_place_of_a_failure_is_that_of_its_own_panic() {
    let found = Explore::new().check(|| async {
        let other = spawn(async {
            sleep(ms(1)).await;
            assert!(pick(1) > 0, "of another task");
        });
        other.detach();
        sleep(ms(1)).await;
        assert!(pick(1) > 0, "of main");
    });
    let place = format!("{}:{}:", file!(), line!() - 2);
    let text = found.unwrap_err().failure.text;
    assert!(
        text.starts_with(&format!("main panicked (at {place}")),
        "{text}"
    );
}

#[test]
fn a_lost_update_is_found_with_one_deviation() {
    let found = Explore::new().check(|| two_writers(4)).unwrap_err();
    assert_eq!(found.failure.kind, FailureKind::Panicked);
    assert!(found.failure.text.contains("left: 1"), "{found}");
    assert_eq!(found.deviations, 1);
    assert_eq!(
        found.story,
        "first in, first out, except: in iteration 2: w2, w1, .. instead of w1, w2, .."
    );
}

/// A seed deviates at nearly every question, and one deviation is left.
#[test]
fn a_seed_is_shrunk_to_one_deviation() {
    let seeds = Explore::new().deviations(0).seeds(1_000);
    let found = seeds.check(|| two_writers(4)).unwrap_err();
    assert_eq!(found.deviations, 1, "{found}");
    assert!(found.schedules > 1);
}

/// The kit shrinks each of them to one deviation. The figures are the same on each machine.
#[test]
fn half_of_the_uniform_seeds_find_the_lost_update_with_twelve_deviations() {
    let (mut failed, mut before, mut after) = (0, 0, 0);
    for seed in 0..100 {
        // First in, first out is run 0, and seed k is run k + 1. The runs before this seed are correct.
        let runs = Cell::new(0);
        let seeds = Explore::new().deviations(0).seeds(seed + 1);
        let found = seeds.sampled_by([Sampling::Uniform]).check(|| {
            let is_seed = runs.replace(runs.get() + 1) > seed;
            async move {
                if is_seed {
                    two_writers(4).await;
                }
            }
        });
        if let Err(found) = found {
            failed += 1;
            before += found.deviations_at_first;
            after += found.deviations;
        }
    }
    assert_eq!((failed, before, after), (53, 632, 53));
}

#[test]
fn the_order_without_deviations_may_fail_too() {
    let found = Explore::new()
        .check(|| async { assert!(pick(1) > 0, "always") })
        .unwrap_err();
    assert_eq!(found.deviations, 0);
    assert_eq!(found.story, "first in, first out everywhere");
    assert_eq!(found.schedules, 1);
}

#[test]
fn a_correct_program_is_explored_up_to_the_limits() {
    let explored = Explore::new()
        .deviations(1)
        .seeds(20)
        .run(|| async { drop(tasks(4, 4).await) });
    assert_eq!(explored.deviations(), Some(1));
    assert_eq!(explored.seeds(), 20);
    let text = explored.to_string();
    assert!(
        text.ends_with("all with at most 1 deviation, 20 seeds"),
        "{text}"
    );
}

#[test]
fn a_deadlock_is_a_failure() {
    let found = Explore::new().check(|| async {
        let locks = [Rc::new(Lock::new()), Rc::new(Lock::new())];
        let swapped = [locks[1].clone(), locks[0].clone()];
        let tasks = [locks, swapped].map(|[one, other]| {
            spawn(async move {
                let _first = one.acquire().await;
                let _second = other.acquire().await;
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    // Without an await between them, a task takes both locks in one step.
    assert!(found.is_ok());
    let found = Explore::new().check(|| async {
        let locks = [Rc::new(Lock::new()), Rc::new(Lock::new())];
        let swapped = [locks[1].clone(), locks[0].clone()];
        let tasks = [locks, swapped].map(|[one, other]| {
            spawn(async move {
                let _first = one.acquire().await;
                yield_now().await;
                let _second = other.acquire().await;
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::Deadlock);
    assert!(failure.text.contains("a circle"), "{failure}");
}

#[test]
fn a_task_that_can_never_end_is_a_failure_and_one_that_ends_later_is_none() {
    let leaves = || async { spawn(std::future::pending::<()>()).detach() };
    let found = Explore::new().check(leaves).unwrap_err();
    assert_eq!(found.failure.kind, FailureKind::Leftover);
    assert!(found.failure.text.contains("Task-2"), "{found}");
    Explore::new().cancel_leftovers().run(leaves);
    explore(|| async { spawn(sleep(ms(3_600_000))).detach() });
}

#[test]
fn an_error_that_no_code_sees_is_a_failure() {
    let found = Explore::new().check(|| async {
        spawn(async { panic!("lost") }).detach();
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::Unread);
    assert!(failure.text.contains("lost"), "{failure}");
    let found = Explore::new().check(|| async {
        Promise::<()>::new()
            .set_exception(std::io::Error::other("unread"))
            .unwrap();
    });
    assert_eq!(found.unwrap_err().failure.kind, FailureKind::Unread);
    let found = Explore::new().check(|| async { Err::<(), _>("no") });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::Returned);
    assert_eq!(failure.text, "main returned an error: \"no\"");
}

#[groundup_testkit::test]
#[should_panic(expected = "w2, w1, .. instead of w1, w2, ..")]
async fn an_attribute_explores() {
    two_writers(2).await;
}

#[groundup_testkit::test(seeds = 0..4)]
async fn an_attribute_explores_a_correct_program() -> Result<(), groundup::TaskError> {
    spawn(yield_now()).await
}

#[test]
fn picks_and_random_numbers_are_part_of_the_schedule() {
    let found = Explore::new().check(|| async { assert!(pick(2) + pick(3) < 3) });
    let found = found.unwrap_err();
    assert_eq!(found.deviations, 2);
    let both = "in iteration 1: pick 1 of 2; in iteration 1: pick 2 of 3";
    assert_eq!(found.story, format!("first in, first out, except: {both}"));
    let unlucky = || async { assert_ne!(rng().below(50), 7) };
    let found = Explore::new().check(unlucky);
    let found = found.unwrap_err();
    assert!(found.story.contains("random numbers of seed"), "{found}");
    let again = Explore::new().replay(&found.token, unlucky);
    assert_eq!(again.unwrap_err().failure, found.failure);
}

/// A retry every 10 ms within 35 ms: four tries, if no park is late.
#[test]
fn late_parks_change_the_number_of_tries() {
    let tries = || async {
        let tries = Rc::new(Cell::new(0));
        let count = tries.clone();
        let _ = timeout(ms(35), async move {
            loop {
                count.set(count.get() + 1);
                sleep(ms(10)).await;
            }
        })
        .await;
        tries.get()
    };
    assert_eq!(Explore::new().census(tries).outcomes(), [4]);
    let late = Explore::new().late([ms(8)]).exhaustive(1_000);
    assert_eq!(late.census(tries).outcomes(), [2, 3, 4]);
}

/// Two sleepers whose timers fire together, and which begin one after the other.
#[test]
fn a_story_names_the_timers_of_tasks() {
    let found = Explore::new().check(|| async {
        let last = Rc::new(Cell::new("none"));
        let sleeper = |name| {
            let last = last.clone();
            spawn_named(name, async move {
                sleep(ms(1)).await;
                last.set(name);
            })
        };
        let early = sleeper("early");
        yield_now().await;
        let late = sleeper("late");
        early.await.unwrap();
        late.await.unwrap();
        assert_eq!(last.get(), "late");
    });
    let usual = "the timer of early, the timer of late";
    let order = "the timer of late, the timer of early";
    assert_eq!(
        found.unwrap_err().story,
        format!("first in, first out, except: in iteration 4: {order} instead of {usual}")
    );
}

#[test]
fn a_story_names_the_branch_of_a_race_among_its_arguments() {
    let found = Explore::new().check(|| async {
        let ready = |name| std::future::ready(name);
        assert_eq!(race([ready("a"), ready("b")]).await, "a");
    });
    assert_eq!(
        found.unwrap_err().story,
        "first in, first out, except: in iteration 1: a race polls branch 2 first"
    );
}

#[test]
fn a_story_tells_tasks_of_one_name_by_their_numbers() {
    let found = Explore::new().check(|| async {
        let first = Rc::new(Cell::new(0));
        let tasks = [1, 2].map(|number| {
            let first = first.clone();
            spawn_named("worker", async move { first.set(first.get() * 2 + number) })
        });
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(first.get(), 4);
    });
    assert_eq!(
        found.unwrap_err().story,
        "first in, first out, except: in iteration 2: worker#3, worker#2 instead of worker#2, worker#3"
    );
}

/// The order in which jobs on threads end is a choice, and so is that of messages of another thread.
#[test]
fn jobs_and_messages_of_threads_are_ordered_by_the_schedule() {
    let found = Explore::new().check(|| async {
        let last = Rc::new(Cell::new(0));
        let job = async |number| last.set(to_thread(move || number).await.unwrap());
        join((job(1), job(2))).await;
        assert_eq!(last.get(), 2);
    });
    assert_eq!(
        found.unwrap_err().story,
        "first in, first out, except: in iteration 2: job#2 ends before job#1"
    );
    let messages = census(|| async {
        let (others, order) = (remote(), Arc::new(Mutex::new(String::new())));
        let kept = order.clone();
        let other = std::thread::spawn(move || {
            for name in ["a", "b", "c"] {
                let order = order.clone();
                others
                    .call_soon(move || order.lock().unwrap().push_str(name))
                    .unwrap();
            }
        });
        other.join().unwrap();
        yield_now().await;
        yield_now().await;
        kept.lock().unwrap().clone()
    });
    assert_eq!(
        messages.outcomes(),
        ["abc", "acb", "bac", "bca", "cab", "cba"]
    );
}

/// The first failing seed panics. A part of its schedule fails in another way, and is not the one that is told.
#[test]
fn a_schedule_is_made_smaller_only_while_it_fails_in_the_same_way() {
    let program = || async {
        match [pick(2), pick(2), pick(2), pick(2), pick(2)] {
            [1, 1, ..] => panic!("two picks"),
            [1, 0, 0, 0, 0] => Err("one pick"),
            _ => Ok(()),
        }
    };
    let found = Explore::new().deviations(0).check(program).unwrap_err();
    assert_eq!(found.failure.kind, FailureKind::Panicked);
    assert!(found.deviations_at_first >= 2);
    assert_eq!(found.deviations, 2, "{found}");
}
