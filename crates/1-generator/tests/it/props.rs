//! Tests generators against iterators, a model, and each other.
//!
//! The first sentence of each test is its property. proptest reads the number of cases
//! from `PROPTEST_CASES`.

use crate::script::program;
use crate::script::random;
use std::rc::Rc;

use crate::script::program::{Boxed, Ending, Log, Request};
use groundup_generator::life::Life;
use groundup_generator::machine::{Countdown, RunningMean, Squares, SumOfSquares};
use groundup_generator::{
    Awaitable, Coroutine, Exception, Frames, Generator, Input, Items, Misuse, Move, Nested, Signal,
    Step, Stepped, YieldFrom, generator, run, values,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn quiet(_: &str) {}

proptest! {
    /// A hand-written machine yields the items of the plain iterator, by `next` and by
    /// `fold`, from any starting point.
    #[test]
    fn machines_equal_iterators(
        numbers in vec(-1_000i64..1_000, 0..20),
        n in 0u32..50,
        taken in 0usize..25,
    ) {
        let squares: Vec<i64> = numbers.iter().map(|n| n * n).collect();
        prop_assert!(values(Squares::new(numbers.clone(), quiet)).eq(squares.iter().copied()));
        let mut rest = values(Squares::new(numbers.clone(), quiet));
        let first: Vec<i64> = rest.by_ref().take(taken).collect();
        let rest = rest.fold(first, |mut all, square| { all.push(square); all });
        prop_assert_eq!(&rest, &squares);
        prop_assert!(values(Countdown::new(n)).eq((1..=n).rev()));
        prop_assert_eq!(run(SumOfSquares::new(numbers, quiet)), squares.iter().sum::<i64>());
    }

    /// An async block that yields a list, a delegation to its iterator and the iterator
    /// itself give the same items.
    #[test]
    fn async_blocks_equal_iterators(items in vec(any::<u8>(), 0..30)) {
        let list = items.clone();
        let written = generator(|co| async move {
            for item in list {
                co.yield_(item).await;
            }
        });
        prop_assert!(values(written).eq(items.iter().copied()));
        prop_assert!(values(Items::new(items.clone())).eq(items));
    }

    /// A generator that becomes a future and then a generator again takes the same
    /// steps, except for the yielded values.
    #[test]
    fn there_and_back_takes_the_same_steps(numbers in vec(-1_000i64..1_000, 0..20)) {
        let sum = || SumOfSquares::new(numbers.clone(), quiet);
        prop_assert_eq!(steps(there_and_back(sum())), steps(sum()));
        let squares = || Squares::new(numbers.clone(), quiet);
        prop_assert_eq!(steps(there_and_back(squares())), steps(squares()));
        let items = || Items::new(numbers.clone());
        prop_assert_eq!(steps(there_and_back(items())), steps(items()));
    }

    /// The running mean is the mean of all values sent so far.
    #[test]
    fn running_mean_is_the_mean(numbers in vec(-1e6f64..1e6, 0..30)) {
        let mut machine = RunningMean::new();
        prop_assert_eq!(machine.next(), Step::Yield(None));
        for k in 1..=numbers.len() {
            let mean = numbers[..k].iter().sum::<f64>() / k as f64;
            prop_assert_eq!(machine.resume(Some(numbers[k - 1])), Step::Yield(Some(mean)));
        }
        prop_assert_eq!(machine.next(), Step::Return(numbers.len() as u32));
    }

    /// A coroutine answers any list of requests to any body as the model does.
    #[test]
    fn the_protocol_equals_its_model(
        reactions in vec(reaction(), 0..8),
        requests in vec(request(), 0..14),
    ) {
        let coroutine = Coroutine::new(Scripted { reactions: reactions.clone(), at: 0 });
        let mut model = Model { reactions, at: 0, started: false, ended: false };
        for request in requests {
            prop_assert_eq!(ask(&coroutine, request), model.ask(request), "{:?}", request);
            let life = match (model.started, model.ended) {
                (_, true) => Life::Finished,
                (false, _) => Life::Created,
                (true, _) => Life::Suspended,
            };
            prop_assert_eq!(coroutine.life(), life);
        }
    }

    /// A chain of d delegations answers every request as the generator at its end does:
    /// on the stack, nested, and nested by hand.
    #[test]
    fn a_chain_of_delegations_is_transparent(
        depth in 1usize..20,
        reactions in vec(reaction(), 0..8),
        requests in vec(request(), 0..12),
    ) {
        // A chain passes an exit on even if its end swallows it.
        let flat = Coroutine::new(chain_by_hand(1, &reactions));
        let forms = [
            Coroutine::new(Box::new(Frames::new(chain_frame(depth, &reactions))) as Boxed),
            Coroutine::new(Box::new(Nested::new(chain_frame(depth, &reactions))) as Boxed),
            Coroutine::new(chain_by_hand(depth, &reactions)),
        ];
        for request in requests {
            let expected = ask(&flat, request);
            for form in &forms {
                prop_assert_eq!(ask(form, request), expected, "{:?}", request);
            }
        }
    }

    /// Random programs behave the same on the stack, nested, and as async blocks; and a
    /// generator that is dropped at any place leaves nothing behind.
    #[test]
    fn the_forms_of_delegation_are_equal(
        text in random::program(),
        requests in random::requests(),
    ) {
        let program = program::parse(&text);
        let requests = program::parse_requests(&requests);
        let stacked = program::observe(program::stacked, &program, &requests);
        let nested = program::observe(program::nested, &program, &requests);
        let written = program::observe(program::written_async, &program, &requests);
        prop_assert_eq!(&stacked, &nested);
        prop_assert_eq!(&stacked, &written);
        prop_assert_eq!(Rc::strong_count(&program), 1);
    }

    /// At any depth, a resume steps one frame of a stack and walks through all levels
    /// of a nest, and both give the same.
    #[test]
    fn only_nesting_costs_depth(depth in 0usize..300, pauses in 1u32..5) {
        let mut stacked = Frames::new(tower(depth, pauses));
        let mut nested = Nested::new(tower(depth, pauses));
        for _ in 0..pauses {
            let step = stacked.resume(());
            prop_assert_eq!(nested.resume(()), step);
            prop_assert_eq!((stacked.depth(), nested.depth()), (depth + 1, depth + 1));
            prop_assert_eq!(nested.walked(), depth + 1);
        }
        prop_assert_eq!(stacked.resume(()), nested.resume(()));
    }
}

fn there_and_back<G: Generator<Resume: Default>>(generator: G) -> Stepped<Awaitable<G>> {
    Stepped::new(Awaitable::new(generator))
}

/// Returns all steps of a generator, without its yielded values.
fn steps<G: Generator<Resume: Default>>(mut generator: G) -> Vec<Step<(), G::Return>> {
    let mut steps = Vec::new();
    while !steps.last().is_some_and(Step::is_return) {
        steps.push(generator.next().map_yield(drop));
    }
    steps
}

/// Makes `depth` frames above one that pauses; counts the calls on the way back.
fn tower(depth: usize, mut pauses: u32) -> Box<dyn FnMut(Input<usize>) -> Move<u32, usize>> {
    Box::new(move |input| match input {
        Input::Returned(value) => Move::Return(value + 1),
        Input::Start if depth > 0 => Move::call(tower(depth - 1, pauses)),
        _ if pauses == 0 => Move::Return(0),
        _ => {
            pauses -= 1;
            Move::Yield(pauses)
        }
    })
}

/// The reaction of a scripted body to one resume, thrown errors aside.
#[derive(Debug, Clone, Copy)]
enum Reaction {
    Yield,
    Return,
    Raise,
    /// Yields, even if an error was thrown.
    Catch,
    /// Returns, even if an error was thrown.
    CatchAndReturn,
}

fn reaction() -> impl Strategy<Value = Reaction> {
    prop_oneof![
        4 => Just(Reaction::Yield),
        1 => Just(Reaction::Return),
        1 => Just(Reaction::Raise),
        3 => Just(Reaction::Catch),
        1 => Just(Reaction::CatchAndReturn),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        6 => Just(Request::Next),
        3 => (1i64..10).prop_map(Request::Send),
        3 => (1i64..10).prop_map(Request::Throw),
        1 => Just(Request::ThrowExit),
        2 => Just(Request::Close),
    ]
}

/// A body that reacts as its list says, and returns `None` after it. Its yielded and
/// returned values contain the sent value and the number of resumes.
#[derive(Clone)]
struct Scripted {
    reactions: Vec<Reaction>,
    at: usize,
}

impl Generator for Scripted {
    type Resume = Signal<i64, i64>;
    type Yield = i64;
    type Return = Ending;

    fn resume(&mut self, signal: Signal<i64, i64>) -> Step<i64, Ending> {
        let reaction = self.reactions.get(self.at).copied();
        self.at += 1;
        let heard = match (signal.received(), reaction) {
            (Ok(heard), _) => heard.unwrap_or(0),
            (Err(_), Some(Reaction::Catch | Reaction::CatchAndReturn)) => -1,
            (Err(exception), _) => return Step::Return(Err(exception)),
        };
        let told = 100 * self.at as i64 + heard;
        match reaction {
            Some(Reaction::Yield | Reaction::Catch) => Step::Yield(told),
            Some(Reaction::Return | Reaction::CatchAndReturn) => Step::Return(Ok(Some(told))),
            Some(Reaction::Raise) => Step::Return(Err(Exception::Error(told))),
            None => Step::Return(Ok(None)),
        }
    }
}

/// The answer to a request: a step, a close, or an exception.
type Answered = Result<Result<Step<i64, Option<i64>>, Option<i64>>, Exception<i64>>;

fn ask<G>(coroutine: &Coroutine<G>, request: Request) -> Answered
where
    G: Generator<Resume = Signal<i64, i64>, Yield = i64, Return = Ending>,
{
    match request {
        Request::Next => coroutine.next().map(Ok),
        Request::Send(value) => coroutine.send(value).map(Ok),
        Request::Throw(error) => coroutine.throw(error).map(Ok),
        Request::ThrowExit => coroutine.throw(Exception::Exit).map(Ok),
        Request::Close => coroutine.close().map(|value| Err(value.flatten())),
    }
}

/// A second implementation of the protocol over a scripted body: two flags and the
/// place in the script, without transitions.
struct Model {
    reactions: Vec<Reaction>,
    at: usize,
    started: bool,
    ended: bool,
}

impl Model {
    fn ask(&mut self, request: Request) -> Answered {
        let thrown = match request {
            Request::Throw(error) => Some(Exception::Error(error)),
            Request::ThrowExit | Request::Close => Some(Exception::Exit),
            Request::Next | Request::Send(_) => None,
        };
        if self.ended || !self.started {
            match request {
                Request::Close => {
                    self.ended = true;
                    return Ok(Err(None));
                }
                Request::Throw(_) | Request::ThrowExit => {
                    self.ended = true;
                    return Err(thrown.expect("a throw"));
                }
                _ if self.ended => return Err(Exception::Misuse(Misuse::Finished)),
                Request::Send(_) => return Err(Exception::Misuse(Misuse::JustStarted)),
                Request::Next => self.started = true,
            }
        }
        let heard = if let Request::Send(value) = request {
            value
        } else {
            0
        };
        let result = self.react(heard, thrown);
        self.ended = !matches!(result, Ok(Step::Yield(_)));
        match (request, result) {
            (Request::Close, Ok(Step::Yield(_))) => Err(Exception::Misuse(Misuse::IgnoredExit)),
            (Request::Close, Ok(Step::Return(value))) => Ok(Err(value)),
            (Request::Close, Err(Exception::Exit)) => Ok(Err(None)),
            (_, result) => result.map(Ok),
        }
    }

    fn react(
        &mut self,
        heard: i64,
        thrown: Option<Exception<i64>>,
    ) -> Result<Step<i64, Option<i64>>, Exception<i64>> {
        self.at += 1;
        let told = 100 * self.at as i64 + if thrown.is_some() { -1 } else { heard };
        match (self.reactions.get(self.at - 1), thrown) {
            (Some(Reaction::Catch), _) => Ok(Step::Yield(told)),
            (Some(Reaction::CatchAndReturn), _) => Ok(Step::Return(Some(told))),
            (_, Some(exception)) => Err(exception),
            (Some(Reaction::Yield), None) => Ok(Step::Yield(told)),
            (Some(Reaction::Return), None) => Ok(Step::Return(Some(told))),
            (Some(Reaction::Raise), None) => Err(Exception::Error(told)),
            (None, None) => Ok(Step::Return(None)),
        }
    }
}

type Chained =
    Box<dyn FnMut(Input<Ending, Signal<i64, i64>>) -> Move<i64, Ending, Signal<i64, i64>>>;

/// Makes `return (yield from (yield from ...))` of frames.
fn chain_frame(depth: usize, reactions: &[Reaction]) -> Chained {
    let reactions = reactions.to_vec();
    Box::new(move |input| match input {
        Input::Start if depth > 1 => Move::call(chain_frame(depth - 1, &reactions)),
        Input::Start => Move::call(groundup_generator::Leaf::new(Scripted {
            reactions: reactions.clone(),
            at: 0,
        })),
        Input::Returned(ending) => Move::Return(ending),
        Input::Sent(_) => unreachable!("it never yields itself"),
    })
}

/// Makes the same chain of one `YieldFrom` inside another.
fn chain_by_hand(depth: usize, reactions: &[Reaction]) -> Boxed {
    let mut chain: Boxed = Box::new(Scripted {
        reactions: reactions.to_vec(),
        at: 0,
    });
    for _ in 0..depth {
        chain = Box::new(YieldFrom::new(chain));
    }
    chain
}

/// Making and dropping a generator runs none of its program, in any form.
#[test]
fn a_program_without_requests_does_nothing() {
    let log = Log::default();
    for form in [program::stacked, program::nested, program::written_async] {
        let made: Boxed = form(&program::parse("y1e2"), &log);
        drop(made);
    }
    assert!(log.borrow().is_empty());
}
