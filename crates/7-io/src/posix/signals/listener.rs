//! A listener to one kind of signal: `signal` and `ctrl_c`.
//!
//! The problem: several parts of a program may listen to one signal, and each must notice it. So each
//! listener has a socket of its own, and reads it until it is empty.
//!
//! Invariants:
//! 1. A `recv` that is dropped has taken no signal.
//! 2. All signals that have come before a `recv` looks are one.
//!
//! Read next: `posix/signals/handlers.rs`.

use std::future::Future;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::Stream;

use super::kind::SignalKind;
use crate::reactor::about::About;
use crate::reactor::readiness::{Attempt, Way};
use crate::reactor::waiters::Key;
use crate::sockets::awaits::CallSite;
use crate::sockets::socket::{Socket, check_loop};
use crate::system::dispositions::table::{Listening, listen};

/// Listens to a kind of signal, from [`signal`]. It is also a [`Stream`].
///
/// When it is dropped, it does not listen any more.
#[derive(Debug)]
pub struct Signal {
    kind: SignalKind,
    socket: Socket<mio::net::UnixStream>,
    _listening: Listening,
}

/// Makes the two ends of a listener: the bytes come out of the first, as long as the second lives.
pub(crate) fn connected(kind: SignalKind) -> io::Result<(UnixStream, Listening)> {
    let (reads, writes) = UnixStream::pair()?;
    reads.set_nonblocking(true)?;
    Ok((reads, listen(kind.as_raw(), writes)?))
}

/// Takes the bytes of a listener. Gives "would block" if there was none.
pub(crate) fn take_all(mut reads: impl Read) -> io::Result<()> {
    let mut any = false;
    loop {
        match reads.read(&mut [0; 64]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => any = true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && any => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Listens to a kind of signal, from now on. The signal does not do what it does by default, as long
/// as there is a listener anywhere in the process.
///
/// A real-time signal (32 and above on Linux) does nothing from its first listener on, also when there
/// is none any more.
///
/// While a part of the program listens to SIGINT, Ctrl-C does not cancel the main task of
/// [`run`](crate::run()).
///
/// # Errors
///
/// `InvalidInput` for a signal that no program can handle, such as SIGKILL; `Unsupported` on virtual
/// time.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```no_run
/// # mod groundup { pub mod signal { pub use groundup_io::*; } pub use groundup_io::run; }
/// use groundup::run;
/// use groundup::signal::{SignalKind, signal};
///
/// run(async {
///     let mut hangups = signal(SignalKind::hangup())?;
///     loop {
///         hangups.recv().await?;
///         println!("reads the configuration again");
///     }
/// #   #[allow(unreachable_code)]
/// #   Ok::<_, std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[doc(alias = "open_signal_receiver")]
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    check_loop()?;
    let (reads, listening) = connected(kind)?;
    let reads = mio::net::UnixStream::from_std(reads);
    Ok(Signal {
        kind,
        socket: Socket::new(reads, About::Signal(kind.as_raw()))?,
        _listening: listening,
    })
}

impl Signal {
    /// Waits for a signal that has come since the last `recv`, or since the listener was made.
    ///
    /// # Errors
    ///
    /// If it is used outside the loop in which it was made.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no signal is lost.
    #[track_caller]
    pub fn recv(&mut self) -> impl Future<Output = io::Result<()>> {
        self.recv_for(Location::caller())
    }

    fn recv_for(&mut self, place: CallSite) -> impl Future<Output = io::Result<()>> {
        (self.socket).operation(Way::Read, place, |io| take_all(io))
    }

    /// Returns the kind of signal.
    pub fn kind(&self) -> SignalKind {
        self.kind
    }
}

/// Each item is one `recv`. The stream does not end.
impl Stream for Signal {
    type Item = io::Result<()>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let take = |io: &mio::net::UnixStream| take_all(io).map(Attempt::Full);
        let taken = (self.socket).poll_io(Way::Read, &mut { Key::Poll }, cx, take);
        taken.map(Some)
    }
}

/// Waits for Ctrl-C, the signal SIGINT. While the future lives, Ctrl-C does nothing else: the main
/// task of [`run`](crate::run()) is not cancelled.
///
/// It listens from its first poll on. A program that waits for several of them keeps a [`Signal`].
/// The future is `Unpin`: a loop of selects lends it as `&mut pressed`.
///
/// # Errors
///
/// `Unsupported` on virtual time.
///
/// # Panics
///
/// If it is polled outside a running loop.
///
/// ```no_run
/// # mod groundup { pub mod signal { pub use groundup_io::*; } pub use groundup_io::{run, executor::*, combinators::*}; }
/// use groundup::signal::ctrl_c;
/// use groundup::{Selected, run, select, sleep};
///
/// run(async {
///     let day = std::time::Duration::from_secs(86_400);
///     match select((ctrl_c(), sleep(day))).await {
///         Selected::First(pressed) => pressed.unwrap(),
///         Selected::Second(()) => println!("nobody has pressed Ctrl-C in a day"),
///     }
/// });
/// ```
#[track_caller]
pub fn ctrl_c() -> impl Future<Output = io::Result<()>> + Unpin {
    let place = Location::caller();
    // The box makes it `Unpin`.
    Box::pin(async move { signal(SignalKind::interrupt())?.recv_for(place).await })
}
