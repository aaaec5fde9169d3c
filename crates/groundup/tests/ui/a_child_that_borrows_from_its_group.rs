//! A child of a borrowing group may borrow nothing of the body.

use groundup::{BorrowingGroup, borrowing_group, run, task_group};

fn main() {
    let outside = String::from("of the caller");
    let _ = run(borrowing_group(async |group: BorrowingGroup<'_, ()>| {
        group.spawn(async { Ok(outside.len()) }); // this works
        let local = String::from("of the body");
        group.spawn(async { Ok(local.len()) });
        Ok(())
    }));
    let _ = run(task_group(async |group: groundup::TaskGroup<()>| {
        group.spawn(async { Ok(outside.len()) }); // a task may borrow nothing
        Ok(())
    }));
    let kept = {
        let short = String::from("shorter than the group");
        borrowing_group(async |group: BorrowingGroup<'_, ()>| {
            group.spawn(async { Ok(short.len()) });
            Ok(())
        })
    };
    let _ = run(kept);
}
