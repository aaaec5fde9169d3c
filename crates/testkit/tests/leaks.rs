//! A program that leaks its loops, in a process of its own.
//!
//! The problem: a process has 4,093 loops. A test that uses them up leaves none for the others.
//!
//! Invariant: the kit says the cause.

use std::cell::RefCell;
use std::rc::Rc;

use groundup::{Task, spawn};
use groundup_testkit::{Explore, FailureKind, pick};

/// A handle in a circle, which keeps its loop.
struct Circle {
    task: RefCell<Option<Task<()>>>,
    own: RefCell<Option<Rc<Circle>>>,
}

#[test]
fn a_program_that_leaks_its_loops_is_told() {
    let found = Explore::new().deviations(0).seeds(5_000).check(|| async {
        let task = RefCell::new(Some(spawn(async {})));
        let own = RefCell::default();
        let circle = Rc::new(Circle { task, own });
        *circle.own.borrow_mut() = Some(circle.clone());
        assert!(circle.task.borrow().is_some());
        pick(2); // so that seeds have something to choose
    });
    let failure = found.unwrap_err().failure;
    assert_eq!(failure.kind, FailureKind::NotRepeatable);
    assert!(
        failure
            .text
            .contains("the program leaks handles of its earlier loops"),
        "{failure}"
    );
}
