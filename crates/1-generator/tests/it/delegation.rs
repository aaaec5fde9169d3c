//! Tests delegation: its cost, and when and in which order it drops.
//!
//! `tests/it/protocol.rs` compares the behaviour of delegation with CPython's, and
//! `tests/it/props.rs` compares its forms with each other. This file tests two things that
//! those cannot see: how much work a resume does, and when frames are dropped.
//!
//! Read next: `tests/it/async_blocks.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use groundup_generator::{
    Caller, Frame, Frames, Generator, Input, Move, Nested, Signal, Step, frame, run, values,
};

/// A frame that delegates `depth` times and yields `pauses` times at the bottom; counts its steps.
struct Down {
    depth: usize,
    pauses: u32,
    steps: Rc<Cell<u64>>,
}

impl Down {
    fn new(depth: usize, pauses: u32) -> (Self, Rc<Cell<u64>>) {
        let steps = Rc::new(Cell::new(0));
        let frame = Down {
            depth,
            pauses,
            steps: Rc::clone(&steps),
        };
        (frame, steps)
    }
}

impl Frame<u32, usize> for Down {
    fn step(&mut self, input: Input<usize>) -> Move<u32, usize> {
        self.steps.set(self.steps.get() + 1);
        match input {
            Input::Returned(value) => Move::Return(value + 1),
            Input::Start if self.depth > 0 => Move::call(Down {
                depth: self.depth - 1,
                pauses: self.pauses,
                steps: Rc::clone(&self.steps),
            }),
            Input::Start | Input::Sent(()) if self.pauses > 0 => {
                self.pauses -= 1;
                Move::Yield(self.pauses)
            }
            Input::Start | Input::Sent(()) => Move::Return(0),
        }
    }
}

/// A resume at the bottom of 10,000 delegations steps one frame, as it does at the bottom of one.
#[test]
fn a_resume_on_the_stack_is_one_step_at_any_depth() {
    for depth in [1, 100, 10_000] {
        let (outermost, steps) = Down::new(depth, 1_000);
        let mut g = Frames::new(outermost);
        assert_eq!(g.resume(()), Step::Yield(999));
        assert_eq!(steps.get(), depth as u64 + 1, "going down, once");
        assert_eq!(g.depth(), depth + 1);
        steps.set(0);
        for left in (0..999).rev() {
            assert_eq!(g.resume(()), Step::Yield(left));
        }
        assert_eq!(steps.get(), 999, "one step a resume");
        assert_eq!(run(g), depth, "and every level gets its return value");
    }
}

/// The nested form also steps one frame, but walks through every level to reach it.
#[test]
fn a_nested_resume_walks_through_every_level() {
    for depth in [1, 10, 1_000] {
        let (outermost, steps) = Down::new(depth, 10);
        let mut g = Nested::new(outermost);
        assert_eq!(g.resume(()), Step::Yield(9));
        assert_eq!(g.depth(), depth + 1);
        steps.set(0);
        assert_eq!(g.resume(()), Step::Yield(8));
        assert_eq!(steps.get(), 1);
        assert_eq!(g.walked(), depth + 1);
        assert_eq!(run(g), depth);
    }
}

/// In a nest written by hand, with a generator in a field, each value resumes each level.
#[test]
fn nesting_by_hand_resumes_every_level() {
    struct Level {
        inner: Box<dyn Generator<Resume = (), Yield = u32, Return = usize>>,
        resumes: Rc<Cell<u64>>,
    }
    impl Generator for Level {
        type Resume = ();
        type Yield = u32;
        type Return = usize;

        fn resume(&mut self, (): ()) -> Step<u32, usize> {
            self.resumes.set(self.resumes.get() + 1);
            self.inner.resume(()).map_return(|value| value + 1)
        }
    }
    let resumes = Rc::new(Cell::new(0));
    let (bottom, _) = Down::new(0, 10);
    let mut g: Box<dyn Generator<Resume = (), Yield = u32, Return = usize>> =
        Box::new(Frames::new(bottom));
    for _ in 0..100 {
        g = Box::new(Level {
            inner: g,
            resumes: Rc::clone(&resumes),
        });
    }
    for n in 1..=10 {
        assert!(!g.resume(()).is_return());
        assert_eq!(resumes.get(), n * 100);
    }
    assert_eq!(g.resume(()), Step::Return(100));
}

/// With frames written as async blocks, a resume polls only the innermost block.
#[test]
fn async_frames_cost_one_poll_at_any_depth() {
    fn down(depth: usize, polls: Rc<Cell<u64>>) -> impl Frame<u32, usize> {
        let counted = Rc::clone(&polls);
        let mut inner = frame(move |caller: Caller<u32, usize>| async move {
            if depth > 0 {
                return 1 + caller.call(down(depth - 1, polls)).await;
            }
            for n in 0..100 {
                caller.yield_(n).await;
            }
            0
        });
        move |input: Input<usize>| {
            counted.set(counted.get() + 1);
            inner.step(input)
        }
    }
    let polls = Rc::new(Cell::new(0));
    let mut g = Frames::new(down(5_000, Rc::clone(&polls)));
    assert_eq!(g.resume(()), Step::Yield(0));
    polls.set(0);
    for n in 1..100 {
        assert_eq!(g.resume(()), Step::Yield(n));
    }
    assert_eq!(polls.get(), 99);
    assert_eq!(run(g), 5_000);
}

/// Logs its name when it is dropped.
struct Named(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Named {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

type Order = Rc<RefCell<Vec<&'static str>>>;

fn tower(order: &Order) -> impl Frame<(), (), ()> + use<> {
    let level = |name, order: &Order| Named(name, Rc::clone(order));
    let top = level("innermost", order);
    let mut innermost = Some(move |_: Input<()>| {
        let _held = &top;
        Move::<(), ()>::Yield(())
    });
    let middle = level("middle", order);
    let mut middle = Some(move |_: Input<()>| {
        let _held = &middle;
        Move::<(), ()>::call(innermost.take().expect("stepped once"))
    });
    let outermost = level("outermost", order);
    move |_: Input<()>| {
        let _held = &outermost;
        Move::call(middle.take().expect("stepped once"))
    }
}

/// If a chain is dropped half-way, both forms drop the innermost call first, as a call stack does.
#[test]
fn frames_are_dropped_from_the_top_down() {
    let expected = ["innermost", "middle", "outermost"];
    let order = Order::default();
    let mut g = Frames::new(tower(&order));
    let _ = g.resume(());
    drop(g);
    assert_eq!(*order.borrow(), expected);

    let order = Order::default();
    let mut g = Nested::new(tower(&order));
    let _ = g.resume(());
    drop(g);
    assert_eq!(*order.borrow(), expected);
}

/// Dropping a chain that is too deep for any call stack does not recurse.
#[test]
fn a_deep_stack_is_dropped_without_recursion() {
    let (outermost, _) = Down::new(1_000_000, 1);
    let mut g = Frames::new(outermost);
    assert_eq!(g.resume(()), Step::Yield(0));
    drop(g);
}

/// A returned frame is dropped before its caller continues.
#[test]
fn a_frame_is_dropped_when_it_returns() {
    let order = Order::default();
    let (seen, held) = (Rc::clone(&order), Named("callee", Rc::clone(&order)));
    let mut callee = Some(move |_: Input<()>| {
        let _held = &held;
        Move::<(), ()>::Return(())
    });
    run(Frames::new(move |input: Input<()>| match input {
        Input::Start => Move::call(callee.take().expect("called once")),
        _ => {
            assert_eq!(*seen.borrow(), ["callee"]);
            Move::Return(())
        }
    }));
}

/// A sent value passes all callers and reaches the innermost frame.
#[test]
fn values_go_to_the_innermost_frame() {
    struct Add {
        depth: u32,
        total: u32,
    }
    impl Frame<u32, u32, Option<u32>> for Add {
        fn step(&mut self, input: Input<u32, Option<u32>>) -> Move<u32, u32, Option<u32>> {
            match input {
                Input::Start if self.depth > 0 => Move::call(Add {
                    depth: self.depth - 1,
                    total: 0,
                }),
                Input::Start => Move::Yield(0),
                Input::Returned(total) => Move::Return(total),
                Input::Sent(Some(value)) => {
                    self.total += value;
                    Move::Yield(self.total)
                }
                Input::Sent(None) => Move::Return(self.total),
            }
        }
    }
    let mut g = Frames::new(Add {
        depth: 50,
        total: 0,
    });
    assert_eq!(g.next(), Step::Yield(0));
    assert_eq!(g.resume(Some(3)), Step::Yield(3));
    assert_eq!(g.resume(Some(4)), Step::Yield(7));
    assert_eq!(g.next(), Step::Return(7));
}

/// An error thrown before the start runs no frame.
#[test]
fn a_throw_before_the_start_runs_nothing() {
    type Sent = Signal<(), &'static str>;
    type Ending = Result<(), groundup_generator::Exception<&'static str>>;
    let never = |_: Input<Ending, Sent>| -> Move<(), Ending, Sent> { panic!("it ran") };
    let thrown = || Signal::Throw("early".into());
    assert_eq!(
        Frames::new(never).resume(thrown()),
        Step::Return(Err("early".into()))
    );
    assert_eq!(
        Nested::new(never).resume(thrown()),
        Step::Return(Err("early".into()))
    );
}

/// A stack whose frames only yield can be used as an iterator.
#[test]
fn frames_can_be_iterated_over() {
    let (outermost, _) = Down::new(3, 4);
    assert_eq!(
        values(Frames::new(outermost)).collect::<Vec<_>>(),
        [3, 2, 1, 0]
    );
    let (outermost, _) = Down::new(3, 4);
    assert_eq!(Nested::new(outermost).into_iter().sum::<u32>(), 6);
}
