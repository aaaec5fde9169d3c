//! What `{:?}` shows of each tool: its name, and how much is to come.
//!
//! Read next: `costs.rs`.

use std::fmt::Debug;

use crate::setup::*;
use futures::stream;
use groundup_combinators::executor::{sleep, spawn};
use groundup_combinators::task::Task;
use groundup_combinators::{
    BorrowingGroup, Deadline, ReturnWhen, TaskGroup, WaitSet, as_completed, async_map,
    borrowing_group, buffered, gather, join, merge, race, select, shield, task_group, timeout,
    wait, zip,
};

fn text(tool: &impl Debug) -> String {
    format!("{tool:?}")
}

fn nap() -> Task<()> {
    spawn(sleep(secs(1)))
}

#[test]
fn tools_that_hold_tasks_say_how_many() {
    Setup::new().run(async {
        assert_eq!(text(&gather([nap(), nap()])), "<Gather of 2 running>");
        assert_eq!(
            text(&as_completed([nap(), nap()])),
            "<AsCompleted, 2 to come>"
        );
        let mut items = as_completed([nap(), nap()]).into_iter();
        assert_eq!(text(&items), "<CompletedItems, 2 to come>");
        assert_eq!(text(&items.next().unwrap()), "<NextCompleted>");
        assert_eq!(text(&items), "<CompletedItems, 1 to come>");
        let all = wait([nap(), nap()], ReturnWhen::FirstCompleted);
        assert_eq!(text(&all), "<Wait FirstCompleted for <WaitSet of 2>>");
        let mut set: WaitSet<()> = [nap()].into_iter().collect();
        assert_eq!(text(&set), "<WaitSet of 1>");
        let one = set.wait(ReturnWhen::AllCompleted);
        assert_eq!(text(&one), "<Wait AllCompleted for <WaitSet of 1>>");
    });
}

#[test]
fn tools_in_place_say_what_is_left() {
    Setup::new().run(async {
        assert_eq!(
            text(&join((sleep(secs(1)), sleep(secs(2))))),
            "<join, 2 to come>"
        );
        assert_eq!(
            text(&race([sleep(secs(1)), sleep(secs(2))])),
            "<race, 2 to come>"
        );
        assert_eq!(
            text(&select((sleep(secs(1)), sleep(secs(2))))),
            "<select, 2 to come>"
        );
        assert!(text(&timeout(secs(1), sleep(secs(2)))).starts_with("<Timeout "));
        assert!(text(&Deadline::after(secs(1))).starts_with("<Deadline "));
        assert!(text(&shield(spawn(sleep(secs(1))))).starts_with("<Shield of Some(<Task"));
    });
}

#[test]
fn streams_say_how_far_they_are() {
    Setup::new().run(async {
        let one = async |n: u32| n;
        let mut map = async_map(one, [1, 2]);
        assert_eq!(text(&map), "<AsyncMap, not begun>");
        map.next().await;
        assert_eq!(text(&map), "<AsyncMap, 1 to come>");
        map.next().await;
        map.next().await;
        assert_eq!(text(&map), "<AsyncMap, over>");
        let merged = merge([stream::iter([1]), stream::iter([2])]);
        assert_eq!(text(&merged), "<Merge, not begun>");
        let zipped = zip((stream::iter([1]), stream::iter([2])));
        assert_eq!(text(&zipped), "<Zip, not begun>");
        let two = buffered(stream::iter([sleep(secs(1))]), 2);
        assert_eq!(text(&two), "<Buffered, 2 at once, not begun>");
    });
}

#[test]
fn groups_and_children_say_their_state() {
    Setup::new().run(async {
        let ended = task_group(async |group: TaskGroup<()>| {
            let child = group.spawn(async {
                sleep(secs(1)).await;
                Ok(())
            });
            assert!(text(&group).starts_with("TaskGroup { alive: 1, "));
            assert!(text(&child).contains("Task-"));
            Ok(())
        });
        ended.await.unwrap();
        let ended = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
            let child = group.spawn(async {
                sleep(secs(1)).await;
                Ok(())
            });
            assert!(text(&group).starts_with("BorrowingGroup { alive: 1, "));
            assert_eq!(text(&child), "<BorrowingChild pending>");
            Ok(())
        });
        ended.await.unwrap();
    });
}
