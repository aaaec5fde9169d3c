//! `wget`: one download in three styles, which differ in their waits.
//!
//! A [`download::Download`] knows what to send and what to do with the bytes that come. It never waits.
//! A style is the code around it, which waits for three things: the address of the host, room to send, and
//! bytes to read.
//!
//! | style | to wait is | the place where it goes on is |
//! |---|---|---|
//! | [`callback`] | to hand a function to the loop and to return | that function |
//! | [`generator`] | to yield a request to the caller | behind the `yield`, when the caller resumes |
//! | [`async_await`] | to await a future | behind the `await`, when the loop polls |
//!
//! The caller of the generator is ten lines that translate its requests into callbacks
//! (`generator::drive`). The loop of groundup is this caller, grown up: it takes futures for requests,
//! wakes for answers, and has many of them at once.
//!
//! Read in this order: `callback.rs`, `generator.rs`, `async_await.rs`. Then their parts:
//! `download.rs`, `waits.rs`, `signals.rs`.

pub mod async_await;
pub mod callback;
pub mod download;
pub mod generator;
pub mod progress;
pub mod saved;
pub mod signals;
pub mod waits;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use groundup::signal::SignalKind;
use groundup::web::futures_rustls::TlsConnector;
use groundup::{EventLoop, RunError, Runner, current_task, stop};

use crate::failure::Failure;
use crate::http::connection::leave_look_ups;
use download::Download;

/// The style in which a download is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Functions that are called later.
    Callback,
    /// A generator, and a caller that resumes it.
    Generator,
    /// An `async fn`.
    Async,
}

/// How a download ends, for the function that was promised the end.
pub type Done = Box<dyn FnOnce(Result<(), Failure>)>;

/// The reason why nothing was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsaved {
    /// The download has failed.
    Failed(Failure),
    /// A signal has ended it.
    Ended(SignalKind),
}

impl fmt::Display for Unsaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsaved::Failed(failure) => failure.fmt(f),
            Unsaved::Ended(kind) => write!(f, "{}: nothing was saved", signals::has_done(*kind)),
        }
    }
}

impl From<Failure> for Unsaved {
    fn from(failure: Failure) -> Self {
        Unsaved::Failed(failure)
    }
}

/// Runs a download on a loop of its own. Ctrl-C, SIGTERM and SIGHUP end it, and no half-written file is
/// left.
///
/// # Errors
///
/// The reason why nothing was saved, as a sentence.
pub fn run(
    style: Style,
    download: Download,
    limit: Duration,
    tls: &TlsConnector,
) -> Result<(), Unsaved> {
    let event_loop = EventLoop::new();
    leave_look_ups(&event_loop);
    match style {
        Style::Callback => run_callbacks(event_loop, move |done| {
            callback::wget(download, limit, done);
        }),
        Style::Generator => run_callbacks(event_loop, move |done| {
            generator::drive(generator::wget(download), limit, done);
        }),
        Style::Async => run_main(event_loop, async_await::wget(download, limit, tls)),
    }
}

/// Runs callbacks until one of them calls `done`. Without a main task, Ctrl-C is a callback, too.
fn run_callbacks(event_loop: EventLoop, begin: impl FnOnce(Done) + 'static) -> Result<(), Unsaved> {
    let (ended, signal) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(None)));
    let (result, came) = (ended.clone(), signal.clone());
    event_loop.call_soon(move || {
        signals::on_first_of(&signals::ALL, move |kind| {
            came.set(Some(kind));
            stop();
        });
        begin(Box::new(move |end| {
            *result.borrow_mut() = Some(end);
            stop();
        }));
    });
    let ran = event_loop.run_forever();
    drop(event_loop); // with the callbacks that still wait, and the file of the download
    let end = ended.borrow_mut().take();
    ended_so(
        ran.and_then(|()| end.ok_or(RunError::Stopped)),
        signal.get(),
    )
}

/// Runs a main task, which Ctrl-C cancels. The other signals cancel it, too.
fn run_main(
    event_loop: EventLoop,
    main: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Unsaved> {
    let signal = Rc::new(Cell::new(None));
    let came = signal.clone();
    let ran = Runner::with_loop(event_loop).run(async move {
        let task = current_task();
        signals::on_first_of(&signals::ALL[1..], move |kind| {
            came.set(Some(kind));
            task.iter().for_each(|task| _ = task.cancel());
        });
        main.await
    });
    ended_so(ran, signal.get())
}

fn ended_so(
    ran: Result<Result<(), Failure>, RunError>,
    signal: Option<SignalKind>,
) -> Result<(), Unsaved> {
    match (ran, signal) {
        (Ok(end), _) => Ok(end?),
        (Err(_), Some(kind)) => Err(Unsaved::Ended(kind)),
        (Err(RunError::Interrupted), None) => Err(Unsaved::Ended(SignalKind::interrupt())),
        (Err(error), None) => Err(Failure::run(&error).into()),
    }
}

/// `https` in a style that has no streams to wrap.
fn needs_async(url: &crate::http::url::Url) -> Failure {
    Failure::new(format!(
        "{url} needs TLS, which wraps a stream, and this style has none: use --style async"
    ))
}
