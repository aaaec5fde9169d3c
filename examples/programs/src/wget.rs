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
//! `download.rs`, `waits.rs`.

pub mod async_await;
pub mod callback;
pub mod download;
pub mod generator;
pub mod progress;
pub mod saved;
pub mod waits;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use groundup::signal::{SignalKind, add_signal_handler};
use groundup::web::futures_rustls::TlsConnector;
use groundup::{EventLoop, RunError, Runner, stop};

use crate::failure::Failure;
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

/// Runs a download on a loop of its own. Ctrl-C ends it, and no half-written file is left.
///
/// # Errors
///
/// The reason why nothing was saved, as a sentence.
pub fn run(
    style: Style,
    download: Download,
    limit: Duration,
    tls: &TlsConnector,
) -> Result<(), Failure> {
    match style {
        Style::Callback => run_callbacks(move |done| callback::wget(download, limit, done)),
        Style::Generator => run_callbacks(move |done| {
            generator::drive(generator::wget(download), limit, done);
        }),
        Style::Async => {
            let ran = Runner::new().run(async_await::wget(download, limit, tls));
            ran.unwrap_or_else(|error| Err(interrupted(&error)))
        }
    }
}

/// Runs callbacks until one of them calls `done`. Without a main task, Ctrl-C is a callback, too.
fn run_callbacks(begin: impl FnOnce(Done) + 'static) -> Result<(), Failure> {
    let event_loop = EventLoop::new();
    let ended = Rc::new(RefCell::new(None));
    let result = ended.clone();
    event_loop.call_soon(move || {
        drop(add_signal_handler(SignalKind::interrupt(), stop));
        begin(Box::new(move |end| {
            *result.borrow_mut() = Some(end);
            stop();
        }));
    });
    let ran = event_loop.run_forever();
    drop(event_loop); // with the callbacks that still wait, and the file of the download
    let end = ended.borrow_mut().take();
    match (ran, end) {
        (Ok(()), Some(end)) => end,
        (Ok(()), None) => Err(interrupted(&RunError::Interrupted)),
        (Err(error), _) => Err(interrupted(&error)),
    }
}

fn interrupted(error: &RunError) -> Failure {
    Failure::new(format!("{}: nothing was saved", Failure::run(error)))
}

/// `https` in a style that has no streams to wrap.
fn needs_async(url: &crate::http::url::Url) -> Failure {
    Failure::new(format!(
        "{url} needs TLS, which wraps a stream, and this style has none: use --style async"
    ))
}
