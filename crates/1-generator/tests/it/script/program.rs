//! Generators described by a line of text, in each form of delegation.
//!
//! `tests/cpython/protocol.py` defines the language and records the behaviour of
//! CPython. Here the same program runs as frames on a stack ([`Frames`]), as the same
//! frames nested ([`Nested`]), and as async blocks that delegate with [`YieldFrom`];
//! each of them inside a [`Coroutine`].
//!
//! Two statements are not in the language of the script: `p` panics, and `b` makes a
//! local of its block whose destructor panics.
//!
//! Read next: `tests/it/protocol.rs`, `tests/it/props.rs` and `tests/it/panics.rs`, which use this file.

use std::cell::RefCell;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;

use groundup_generator::{
    Arrival, Co, Coroutine, Exception, Frame, Frames, Generator, Input, Items, Leaf, Misuse, Move,
    Nested, Signal, Step, YieldFrom, generator_with_input,
};

/// One statement of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Statement {
    Yield(i64),
    Items(i64),
    Return(i64),
    Raise(i64),
    Delegate(Block),
    Try(Block, Catch, Block),
    Panic,
    Bomb,
}

/// The exceptions that a `try` catches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Catch {
    Error,
    Exit,
    All,
}

pub(crate) type Block = Rc<[Statement]>;
pub(crate) type Log = Rc<RefCell<Vec<String>>>;
pub(crate) type Ending = Result<Option<i64>, Exception<i64>>;
type Sent = Signal<i64, i64>;

/// One request to a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    Next,
    Send(i64),
    Throw(i64),
    ThrowExit,
    Close,
}

pub(crate) fn parse(text: &str) -> Block {
    let mut rest = text;
    let block = parse_block(&mut rest);
    assert!(rest.is_empty(), "left over: {rest}");
    block
}

fn parse_block(rest: &mut &str) -> Block {
    let mut block = Vec::new();
    while let Some(kind) = rest.chars().next().filter(|&c| c != '}') {
        *rest = &rest[1..];
        block.push(match kind {
            'y' => Statement::Yield(number(rest)),
            'i' => Statement::Items(number(rest)),
            'r' => Statement::Return(number(rest)),
            'e' => Statement::Raise(number(rest)),
            'c' => Statement::Delegate(braces(rest)),
            'p' => Statement::Panic,
            'b' => Statement::Bomb,
            't' => {
                let body = braces(rest);
                let catch = match rest.as_bytes()[0] {
                    b'e' => Catch::Error,
                    b'x' => Catch::Exit,
                    _ => Catch::All,
                };
                *rest = &rest[1..];
                Statement::Try(body, catch, braces(rest))
            }
            other => panic!("no such statement: {other}"),
        });
    }
    block.into()
}

fn braces(rest: &mut &str) -> Block {
    *rest = rest.strip_prefix('{').expect("an opening brace");
    let block = parse_block(rest);
    *rest = rest.strip_prefix('}').expect("a closing brace");
    block
}

fn number(rest: &mut &str) -> i64 {
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, tail) = rest.split_at(end);
    *rest = tail;
    digits.parse().expect("a number")
}

fn parse_request(word: &str) -> Request {
    match (&word[..1], word[1..].parse()) {
        ("n", _) => Request::Next,
        ("s", Ok(value)) => Request::Send(value),
        ("t", Ok(value)) => Request::Throw(value),
        ("T", _) => Request::ThrowExit,
        ("c", _) => Request::Close,
        _ => panic!("no such request: {word}"),
    }
}

pub(crate) fn parse_requests(words: &str) -> Vec<Request> {
    words.split(' ').map(parse_request).collect()
}

/// The payload of a panic of a program.
pub(crate) struct Boom;

/// Panics without printing a message.
fn boom() -> ! {
    resume_unwind(Box::new(Boom))
}

/// A local whose destructor panics, unless a panic is dropping it.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            boom();
        }
    }
}

fn catches(catch: Catch, exception: &Exception<i64>) -> bool {
    match catch {
        Catch::Error => matches!(exception, Exception::Error(_)),
        Catch::Exit => matches!(exception, Exception::Exit),
        Catch::All => true,
    }
}

/// Returns the word of `protocol.py` for an exception.
fn name(exception: &Exception<i64>) -> String {
    match exception {
        Exception::Error(number) => format!("err{number}"),
        Exception::Exit => "exit".into(),
        Exception::Misuse(Misuse::IgnoredExit) => "ignored-exit".into(),
        Exception::Misuse(Misuse::NoSend) => "no-send".into(),
        Exception::Misuse(Misuse::JustStarted) => "just-started".into(),
        other => panic!("unexpected: {other:?}"),
    }
}

fn log_value(log: &Log, value: Option<i64>) {
    let text = value.map_or("-".into(), |value| value.to_string());
    log.borrow_mut().push(format!("={text}"));
}

fn log_heard(log: &Log, value: i64) {
    log.borrow_mut().push(format!("<{value}"));
}

/// One function of a program as a frame: its open blocks, the innermost last.
struct Function {
    open: Vec<Open>,
    log: Log,
}

struct Open {
    block: Block,
    next: usize,
    /// For the body of a `try`: the exceptions it catches, and the block that handles them.
    handler: Option<(Catch, Block)>,
    locals: Vec<Bomb>,
}

fn open(block: &Block, handler: Option<(Catch, Block)>) -> Open {
    Open {
        block: Rc::clone(block),
        next: 0,
        handler,
        locals: Vec::new(),
    }
}

pub(crate) fn function(block: &Block, log: &Log) -> impl Frame<i64, Ending, Sent> + use<> {
    Function {
        open: vec![open(block, None)],
        log: Rc::clone(log),
    }
}

impl Frame<i64, Ending, Sent> for Function {
    fn step(&mut self, input: Input<Ending, Sent>) -> Move<i64, Ending, Sent> {
        let mut raised = None;
        match input.arrive() {
            Ok(Arrival::Start | Arrival::Next) => {}
            Ok(Arrival::Sent(value)) => log_heard(&self.log, value),
            Ok(Arrival::Returned(value)) => log_value(&self.log, value),
            Err(exception) => raised = Some(exception),
        }
        loop {
            if let Some(exception) = raised.take() {
                let Some(handler) = self.catch(&exception) else {
                    return Move::Return(Err(exception));
                };
                self.open.push(handler);
            }
            let Some(top) = self.open.last_mut() else {
                return Move::Return(Ok(None));
            };
            let Some(statement) = top.block.get(top.next).cloned() else {
                self.open.pop();
                continue;
            };
            top.next += 1;
            match statement {
                Statement::Yield(value) => return Move::Yield(value),
                Statement::Return(value) => return Move::Return(Ok(Some(value))),
                Statement::Raise(error) => raised = Some(Exception::Error(error)),
                Statement::Delegate(block) => return Move::call(function(&block, &self.log)),
                Statement::Items(count) => return Move::call(Leaf::new(items(count))),
                Statement::Panic => boom(),
                Statement::Bomb => top.locals.push(Bomb),
                Statement::Try(body, catch, handler) => {
                    self.open.push(open(&body, Some((catch, handler))));
                }
            }
        }
    }
}

impl Function {
    /// Leaves blocks until one of them catches the exception; returns its handler.
    fn catch(&mut self, exception: &Exception<i64>) -> Option<Open> {
        while let Some(block) = self.open.pop() {
            drop(block.locals);
            match block.handler {
                Some((catch, handler)) if catches(catch, exception) => {
                    self.log.borrow_mut().push(format!("!{}", name(exception)));
                    return Some(open(&handler, None));
                }
                _ => {}
            }
        }
        None
    }
}

/// Makes `range(count)`, whose value is `None`.
fn items(count: i64) -> impl Generator<Resume = Sent, Yield = i64, Return = Ending> {
    struct ValueNone<G>(G);
    impl<G> Generator for ValueNone<G>
    where
        G: Generator<Resume = Sent, Yield = i64, Return = Result<(), Exception<i64>>>,
    {
        type Resume = Sent;
        type Yield = i64;
        type Return = Ending;
        fn resume(&mut self, signal: Sent) -> Step<i64, Ending> {
            self.0
                .resume(signal)
                .map_return(|result| result.map(|()| None))
        }
    }
    ValueNone(Items::with_signals(0..count))
}

pub(crate) type Boxed = Box<dyn Generator<Resume = Sent, Yield = i64, Return = Ending>>;

/// Makes a generator that runs the program on a stack of frames.
pub(crate) fn stacked(block: &Block, log: &Log) -> Boxed {
    Box::new(Frames::new(function(block, log)))
}

/// Makes a generator that runs the program as nested frames.
pub(crate) fn nested(block: &Block, log: &Log) -> Boxed {
    Box::new(Nested::new(function(block, log)))
}

/// Makes a generator that runs the program as async blocks that delegate to each other.
pub(crate) fn written_async(block: &Block, log: &Log) -> Boxed {
    let (block, log) = (Rc::clone(block), Rc::clone(log));
    Box::new(generator_with_input(|co| async move {
        Ok(run_block(&co, &block, &log).await?.unwrap_or(None))
    }))
}

/// How a block ended: at its end (`None`), by a return, or by an exception.
type Ran = Result<Option<Option<i64>>, Exception<i64>>;

/// Runs a block of an async form.
fn run_block<'a>(
    co: &'a Co<i64, Sent>,
    block: &'a Block,
    log: &'a Log,
) -> Pin<Box<dyn Future<Output = Ran> + 'a>> {
    Box::pin(async move {
        let mut locals = Vec::new();
        for statement in block.iter() {
            match statement {
                Statement::Panic => boom(),
                Statement::Bomb => locals.push(Bomb),
                Statement::Yield(value) => {
                    if let Some(heard) = co.try_yield(*value).await? {
                        log_heard(log, heard);
                    }
                }
                Statement::Return(value) => return Ok(Some(Some(*value))),
                Statement::Raise(error) => return Err(Exception::Error(*error)),
                Statement::Delegate(inner) => {
                    let inner = YieldFrom::new(written_async(inner, log));
                    log_value(log, co.yield_from(inner).await?);
                }
                Statement::Items(count) => {
                    log_value(log, co.yield_from(YieldFrom::new(items(*count))).await?);
                }
                Statement::Try(body, catch, handler) => {
                    let ended = match run_block(co, body, log).await {
                        Err(exception) if catches(*catch, &exception) => {
                            log.borrow_mut().push(format!("!{}", name(&exception)));
                            run_block(co, handler, log).await?
                        }
                        other => other?,
                    };
                    if ended.is_some() {
                        return Ok(ended);
                    }
                }
            }
        }
        Ok(None)
    })
}

/// Makes the requests, and returns the log and the answers in the words of `protocol.py`.
pub(crate) fn observe(
    form: fn(&Block, &Log) -> Boxed,
    program: &Block,
    requests: &[Request],
) -> Vec<String> {
    let log = Log::default();
    let generator = Coroutine::new(form(program, &log));
    for request in requests {
        let text = answer(&generator, *request);
        log.borrow_mut().push(text);
    }
    drop(generator);
    log.take()
}

/// Makes one request, and returns the answer in the words of `protocol.py`.
pub(crate) fn answer(generator: &Coroutine<Boxed>, request: Request) -> String {
    let answer = match request {
        Request::Next => generator.next(),
        Request::Send(value) => generator.send(value),
        Request::Throw(error) => generator.throw(error),
        Request::ThrowExit => generator.throw(Exception::Exit),
        Request::Close => {
            return match generator.close() {
                Ok(Some(Some(value))) => format!("closed {value}"),
                Ok(_) => "closed".into(),
                Err(exception) => format!("raise {}", name(&exception)),
            };
        }
    };
    match answer {
        Ok(Step::Yield(value)) => format!("yield {value}"),
        Ok(Step::Return(Some(value))) => format!("return {value}"),
        Ok(Step::Return(None)) => "return".into(),
        Err(Exception::Misuse(Misuse::Finished)) => "finished".into(),
        Err(exception) => format!("raise {}", name(&exception)),
    }
}
