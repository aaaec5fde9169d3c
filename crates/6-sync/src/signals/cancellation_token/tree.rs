//! The tree of cancellation tokens.
//!
//! The problem: a tree may be 100,000 tokens deep, and a function that calls itself for each child
//! would overflow the stack, in a cancel as well as in a drop. And a server makes a child for each
//! connection, a million of them: a child that has gone must leave nothing with its parent.
//!
//! ```text
//!   handles ──> node ──> children: a weak reference each, in the order in which they came
//!                 ^          │
//!                 └─ parent ─┘      a weak reference, too: no node keeps another one
//!
//!   cancel        [a] ─> [a b c] ─> [a b c d]     a list that grows by the children of its entries
//!   drop of b     a: b c          a: c d          the children of b move to the parent of b
//!                    └ d
//! ```
//!
//! A cancel first marks all nodes, and then wakes. So code that a waker runs sees no token of the
//! tree that is not cancelled yet.
//!
//! Invariants:
//! 1. A node that is cancelled has no parent and no children: it has left the tree.
//! 2. A child is in the roster of its parent exactly as long as its node lives and the parent has
//!    not been cancelled.
//! 3. No function here calls itself. The drop of a node costs its children, and no other nodes.
//!
//! Read next: `signals/cancellation_token/wait.rs`.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use groundup_combinators::trace::Access;

use crate::home::Home;
use crate::roster::Roster;
use crate::wait_list::WaitList;

/// The part that all handles of a token share.
pub(super) struct TokenNode {
    cancelled: Cell<bool>,
    /// The parent, and the number in its roster.
    parent: RefCell<Option<(Weak<TokenNode>, u32)>>,
    children: RefCell<Roster<Weak<TokenNode>>>,
    pub(super) waiters: WaitList,
    pub(super) home: Home,
}

impl TokenNode {
    #[track_caller]
    pub(super) fn new() -> Self {
        TokenNode {
            cancelled: Cell::new(false),
            parent: RefCell::default(),
            children: RefCell::default(),
            waiters: WaitList::default(),
            home: Home::new("cancellation token"),
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.home.touch(Access::Read);
        self.cancelled.get()
    }

    /// Enters the roster of a parent. If the parent is cancelled, this node is, too.
    pub(super) fn join(self: &Rc<Self>, parent: &Rc<TokenNode>) {
        self.home.touch(Access::Write);
        parent.home.touch(Access::Write);
        if parent.is_cancelled() {
            return self.cancelled.set(true);
        }
        let number = parent.children.borrow_mut().add(Rc::downgrade(self));
        self.parent.replace(Some((Rc::downgrade(parent), number)));
    }

    /// Leaves the roster of the parent, and returns the parent.
    fn leave(&self) -> Option<Rc<TokenNode>> {
        let (parent, number) = self.parent.take()?;
        let parent = parent.upgrade()?;
        parent.home.touch(Access::Write);
        parent.children.borrow_mut().remove(number);
        Some(parent)
    }

    /// Cancels the node and all nodes beneath, and wakes those that wait.
    pub(super) fn cancel(self: &Rc<Self>) {
        self.home.touch(Access::Write);
        if self.cancelled.replace(true) {
            return;
        }
        drop(self.leave());
        let mut reached = vec![self.clone()];
        let mut at = 0;
        while let Some(node) = reached.get(at) {
            let children = node.children.take().into_values();
            for child in children.filter_map(|child| child.upgrade()) {
                child.home.touch(Access::Write);
                child.cancelled.set(true);
                child.parent.take();
                reached.push(child);
            }
            at += 1;
        }
        for node in reached {
            node.waiters.notify_all();
        }
    }
}

impl Drop for TokenNode {
    fn drop(&mut self) {
        let parent = self.leave();
        for child in self.children.take().into_values() {
            let Some(child) = child.upgrade() else {
                continue;
            };
            child.home.touch(Access::Write);
            child.parent.take();
            if let Some(parent) = &parent {
                child.join(parent);
            }
        }
    }
}
