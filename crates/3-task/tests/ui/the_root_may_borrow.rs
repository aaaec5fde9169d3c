//! The main future stays on the stack of the loop's caller.
use std::task::{Context, Poll};

struct Borrowing<'a>(&'a mut Vec<u32>);

impl groundup_task::Root for Borrowing<'_> {
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        self.0.push(5);
        Poll::Ready(())
    }

    fn clear(&mut self) {}
}

fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let mut here = Vec::new();
    let root = scheduler.open_root();
    scheduler.run_round(&mut Borrowing(&mut here));
    assert!(root.done());
    assert!(scheduler.close_root(root).unwrap().is_ok());
    assert_eq!(here, [5]);
}
