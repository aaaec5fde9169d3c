//! Alarms of one scope, each in its place in the ready queue.
//!
//! The problem: an alarm that is due puts an entry for its scope into the ready queue, at the place
//! of a callback of that time. It can be unset until the entry comes up. A scope may have several
//! alarms, and the entries look alike. So the loop must know which of them were taken back. In
//! asyncio each would be a handle of its own.
//!
//! Invariant: a scope is cancelled at the first entry of an alarm that was not unset.
//!
//! Read next: `hops.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_executor::task::{CancelScope, yield_now};
use groundup_executor::{Alarm, call_soon, time};
use proptest::prelude::*;

use crate::support::log::virtual_loop;

#[derive(Clone, Copy, Debug)]
enum Op {
    /// Sets the alarm of this number, for now.
    Set(usize),
    Unset(usize),
    /// Schedules a callback that looks whether the scope is cancelled.
    Look,
}

fn op() -> impl Strategy<Value = Op> {
    let alarm = 0_usize..4;
    prop_oneof![
        3 => alarm.clone().prop_map(Op::Set),
        2 => alarm.prop_map(Op::Unset),
        3 => Just(Op::Look),
    ]
}

/// Returns what the callbacks see of one scope, in the loop.
fn seen(rounds: Vec<Vec<Op>>) -> Vec<bool> {
    let seen: Rc<RefCell<Vec<bool>>> = Rc::default();
    let log = seen.clone();
    let main = async move {
        let scope = Rc::new(CancelScope::new());
        let alarms: Vec<_> = (0..4).map(|_| Alarm::default()).collect();
        for ops in rounds {
            for op in ops {
                match op {
                    Op::Set(alarm) => alarms[alarm].set_at(time(), &scope),
                    Op::Unset(alarm) => alarms[alarm].unset(),
                    Op::Look => {
                        let (scope, log) = (scope.clone(), log.clone());
                        drop(call_soon(move || {
                            log.borrow_mut().push(scope.cancel_called())
                        }));
                    }
                }
            }
            yield_now().await;
        }
    };
    virtual_loop().run_until_complete(main).unwrap();
    seen.take()
}

/// The same in plain lists: the entries of the queue, and which of them still count.
fn expected(rounds: Vec<Vec<Op>>) -> Vec<bool> {
    let (mut seen, mut cancelled) = (Vec::new(), false);
    for ops in rounds {
        let mut queue: Vec<Option<usize>> = Vec::new();
        for op in ops {
            match op {
                Op::Set(alarm) | Op::Unset(alarm) => {
                    // An alarm has one time: to set it again takes the earlier entry back.
                    queue.retain(|entry| *entry != Some(alarm));
                    if let Op::Set(_) = op {
                        queue.push(Some(alarm));
                    }
                }
                Op::Look => queue.push(None),
            }
        }
        for entry in queue {
            match entry {
                Some(_) => cancelled = true,
                None => seen.push(cancelled),
            }
        }
    }
    seen
}

mod props {
    use super::*;

    proptest! {
        /// Each alarm cancels in its place, whatever other alarms of the scope are set and unset.
        #[test]
        fn an_alarm_that_is_unset_moves_no_other(
            rounds in prop::collection::vec(prop::collection::vec(op(), 0..12), 1..4),
        ) {
            prop_assert_eq!(seen(rounds.clone()), expected(rounds));
        }
    }
}
