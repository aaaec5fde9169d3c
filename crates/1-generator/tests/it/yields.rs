//! Tests the cell between a block and its caller: any order of polls.
//!
//! The blocks poll, keep and drop their `yield_`s in any order.
//!
//! Read next: `tests/it/async_blocks.rs`, ordinary blocks.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use groundup_generator::{Co, Generator, Misuse, Step, Yield, generator_with_input};
use proptest::collection::vec;
use proptest::prelude::*;

/// One action of a block on its three places for a `yield_`.
#[derive(Debug, Clone, Copy)]
enum Op {
    /// Polls the `yield_` at this place; makes one if none waits there.
    Poll(usize),
    Drop(usize),
    /// Suspends, with or without a value in the cell.
    Pause,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..3usize).prop_map(Op::Poll),
        1 => (0..3usize).prop_map(Op::Drop),
        3 => Just(Op::Pause),
    ]
}

/// An observation of the block or of its caller, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saw {
    Pending,
    Answer(u32),
    Value(u32),
    ForeignAwait,
    Refused,
    End,
}

/// A second implementation of the rule: at most one `yield_` waits, and the cell is its own.
fn expected(ops: &[Op]) -> Vec<Saw> {
    let (mut saw, mut made, mut resumes) = (Vec::new(), 0, 0);
    // The place of the waiting `yield_`, its value until it is fetched, its answer.
    let mut waits: Option<(usize, Option<u32>, Option<u32>)> = None;
    for &op in ops {
        match (op, &mut waits) {
            (Op::Poll(place), Some((at, _, answer))) if *at == place => match *answer {
                Some(answer) => {
                    saw.push(Saw::Answer(answer));
                    waits = None;
                }
                None => saw.push(Saw::Pending),
            },
            (Op::Poll(_), Some(_)) => {
                saw.push(Saw::Refused);
                return saw;
            }
            (Op::Poll(place), None) => {
                made += 1;
                waits = Some((place, Some(made), None));
                saw.push(Saw::Pending);
            }
            (Op::Drop(place), Some((at, ..))) if *at == place => waits = None,
            (Op::Drop(_), _) => {}
            (Op::Pause, waits) => {
                let value = waits.as_mut().and_then(|(_, value, _)| value.take());
                saw.push(value.map_or(Saw::ForeignAwait, Saw::Value));
                resumes += 1;
                if let Some((.., answer)) = waits {
                    *answer = Some(resumes);
                }
            }
        }
    }
    saw.push(Saw::End);
    saw
}

/// Suspends once.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| {
        if std::mem::replace(&mut paused, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

type Waits<'c> = Option<Pin<Box<Yield<'c, u32, u32>>>>;

async fn act(co: Co<u32, u32>, ops: &[Op], saw: &RefCell<Vec<Saw>>) {
    let mut made = 0;
    let mut places: [Waits<'_>; 3] = [None, None, None];
    let mut context = Context::from_waker(Waker::noop());
    for &op in ops {
        match op {
            Op::Poll(place) => {
                let waits = places[place].get_or_insert_with(|| {
                    made += 1;
                    Box::pin(co.yield_(made))
                });
                match waits.as_mut().poll(&mut context) {
                    Poll::Pending => saw.borrow_mut().push(Saw::Pending),
                    Poll::Ready(answer) => {
                        saw.borrow_mut().push(Saw::Answer(answer));
                        places[place] = None;
                    }
                }
            }
            Op::Drop(place) => places[place] = None,
            Op::Pause => pause().await,
        }
    }
}

mod props {
    use super::*;

    proptest! {
        /// Each fetched value is answered to the `yield_` that gave it, or dropped. A
        /// `yield_` that is polled while another waits is refused, and the generator is
        /// finished.
        #[test]
        fn a_cell_belongs_to_one_yield(ops in vec(op(), 0..24)) {
            let saw = RefCell::new(Vec::new());
            let mut g = generator_with_input(|co| act(co, &ops, &saw));
            for resumes in 0.. {
                let step = catch_unwind(AssertUnwindSafe(|| g.try_resume(resumes)));
                let (seen, over) = match step {
                    Ok(Ok(Step::Yield(value))) => (Saw::Value(value), false),
                    Ok(Ok(Step::Return(()))) => (Saw::End, true),
                    Ok(Err(misuse)) => {
                        prop_assert_eq!(misuse, Misuse::ForeignAwait);
                        (Saw::ForeignAwait, false)
                    }
                    Err(payload) => {
                        let text = payload.downcast::<&str>().expect("a sentence");
                        prop_assert!(text.starts_with("two yield_s of one generator wait"), "{}", text);
                        (Saw::Refused, true)
                    }
                };
                saw.borrow_mut().push(seen);
                if over {
                    break;
                }
            }
            prop_assert_eq!(g.try_resume(0), Err(Misuse::Finished));
            drop(g);
            prop_assert_eq!(saw.into_inner(), expected(&ops));
        }
    }
}

/// If the block catches the panic of a refused `yield_`, the cell still belongs to the waiting one.
#[test]
fn a_refused_yield_takes_nothing() {
    let mut g = generator_with_input(|co: Co<u32, u32>| async move {
        let mut first = pin!(co.yield_(1));
        let mut refused = false;
        let answer = poll_fn(|context| {
            let polled = first.as_mut().poll(context);
            if polled.is_pending() {
                let mut second = pin!(co.yield_(2));
                let poll = AssertUnwindSafe(|| second.as_mut().poll(context));
                refused = catch_unwind(poll).is_err();
            }
            polled
        })
        .await;
        (answer, refused)
    });
    assert_eq!(g.resume(0), Step::Yield(1));
    assert_eq!(g.resume(10), Step::Return((10, true)));
}

/// The value of the first resume is dropped at once.
#[test]
fn the_first_value_is_not_kept() {
    let value = std::rc::Rc::new(());
    let mut g = generator_with_input(|co: Co<(), std::rc::Rc<()>>| async move {
        co.yield_(()).await;
        co.yield_(()).await;
    });
    assert_eq!(g.resume(value.clone()), Step::Yield(()));
    assert_eq!(std::rc::Rc::strong_count(&value), 1);
    assert_eq!(g.resume(value.clone()), Step::Yield(()));
    assert_eq!(std::rc::Rc::strong_count(&value), 1);
}

/// What a resume says while no `yield_` waits is dropped before that resume is over.
#[test]
fn a_value_without_a_yield_goes_with_its_resume() {
    let value = std::rc::Rc::new(());
    let mut g = generator_with_input(|co: Co<(), std::rc::Rc<()>>| async move {
        pause().await;
        co.yield_(()).await;
        pause().await;
    });
    let foreign = Err(Misuse::ForeignAwait);
    let steps = [foreign, Ok(Step::Yield(())), foreign, Ok(Step::Return(()))];
    for step in steps {
        assert_eq!(g.try_resume(value.clone()), step);
        assert_eq!(std::rc::Rc::strong_count(&value), 1);
    }
}
