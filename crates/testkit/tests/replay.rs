//! A token, replayed in other processes.
//!
//! The problem: the variable `GROUNDUP_REPLAY` belongs to a process, so this file is a program of
//! its own, and runs itself.
//!
//! Invariant: the parent finds a failure, and each child has the same one, in one run.

use std::cell::Cell;
use std::rc::Rc;

use std::process::Command;

use groundup::{spawn_named, yield_now};
use groundup_testkit::{Case, Explore, Point, cancel_everywhere, census, pick};

async fn two_writers() {
    let counter = Rc::new(Cell::new(0));
    let tasks = ["w1", "w2", "w3"].map(|name| {
        let counter = counter.clone();
        spawn_named(name, async move {
            if counter.get() == 0 && name == "w2" {
                let read = counter.get();
                yield_now().await;
                counter.set(read + 1);
            } else {
                counter.set(counter.get() + 1);
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(counter.get(), 3);
}

/// Returns true in a child.
fn is_a_child() -> bool {
    std::env::var_os("GROUNDUP_REPLAY").is_some()
}

/// Runs a test in another process, with a token. Returns what it prints behind `child:`.
fn child(name: &str, token: &str) -> Vec<String> {
    let own = std::env::current_exe().expect("a test knows its program");
    let output = Command::new(own)
        .args([name, "--exact", "--nocapture"])
        .env("GROUNDUP_REPLAY", token)
        .output()
        .expect("the program can be run again");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter_map(|line| line.split_once("child: "));
    lines.map(|(_, line)| line.to_string()).collect()
}

#[test]
fn a_token_replays_in_other_processes() {
    let found = Explore::new()
        .check(two_writers)
        .expect_err("an update is lost");
    if is_a_child() {
        println!("child: {}", found.to_string().replace('\n', " "));
        println!("child: {} schedules", found.schedules);
        return;
    }
    assert_eq!(found.deviations, 1, "{found}");
    assert!(
        found.story.contains("w2, w1, .. instead of w1, w2, .."),
        "{found}"
    );
    let child = |token| child("a_token_replays_in_other_processes", token);
    let [one, other] = [child(&found.token), child(&found.token)];
    assert_eq!(one, other);
    assert!(
        one[0].starts_with(&found.failure.text.replace('\n', " ")),
        "{one:?}"
    );
    assert!(one[0].contains(&found.story), "{one:?}");
    assert_eq!(one[1], "1 schedules");
    let refused = child("gu1:00000");
    assert!(
        refused[0].contains("belongs to another program"),
        "{refused:?}"
    );
    // Outside, the variable is not set, so a table of cancels has all its runs.
    assert!(cancel_everywhere(|| Case::new(yield_now())).runs() > 1);
}

/// The child is the test after the bug was fixed: the law holds there.
#[test]
fn the_table_of_a_replay_has_the_point_of_its_token() {
    let report = cancel_everywhere(|| {
        let ended = Rc::new(Cell::new(is_a_child()));
        let seen = ended.clone();
        let ends = async move {
            yield_now().await;
            ended.set(true);
        };
        Case::new(ends).law(move || seen.get())
    });
    if is_a_child() {
        for point in report.points() {
            println!("child: 1 of {}: {}", report.runs(), point.stands);
        }
        return;
    }
    let broken = |point: &&Point| point.fault.is_some();
    let point = report.points().iter().rfind(broken).expect("a fault");
    let found = point.fault.as_ref().expect("a fault");
    let name = "the_table_of_a_replay_has_the_point_of_its_token";
    assert_eq!(
        child(name, &found.token),
        [format!("1 of 1: {}", point.stands)]
    );
}

#[test]
fn the_census_of_a_replay_has_one_outcome() {
    let all = census(|| async { pick(3) });
    if is_a_child() {
        println!("child: {:?} of {}", all.outcomes(), all.schedules());
        return;
    }
    assert_eq!(all.outcomes(), [0, 1, 2]);
    let replayed = child("the_census_of_a_replay_has_one_outcome", all.tokens()[1]);
    assert_eq!(replayed, ["[1] of 1"]);
}
