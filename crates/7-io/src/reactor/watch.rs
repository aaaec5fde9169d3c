//! A descriptor whose events call a function.
//!
//! The problem: asyncio's `add_reader` calls a function again and again while a descriptor is
//! readable (level-triggered), and the system reports to this reactor only that it has become
//! readable. The function may take some of the bytes, or none. So after each call the descriptor is
//! registered anew, and the system reports it again if it is still readable.
//!
//! ```text
//!   armed ── an event ──> a callback is scheduled ──> it calls the function
//!     ^                                                       │
//!     └───────────────── registered anew ─────────────────────┘
//! ```
//!
//! A watch has a descriptor of its own, a duplicate. So it is removed exactly, also if the program
//! has closed its descriptor meanwhile, and the number belongs to another file.
//!
//! A watch belongs to one reactor. If the loop gets another driver, the watch calls its function no
//! more. A function that must know that has [`on_lost`](Watch::on_lost).
//!
//! Invariants:
//! 1. After [`end`](Watch::end) the function is not called, also if an event has come before.
//! 2. A panic of the function is reported as that of any callback, and the watch goes on.
//! 3. The function is neither called nor dropped while anything of the reactor is borrowed.
//!
//! Read next: `reactor/precise.rs`.

use std::cell::{Cell, RefCell};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::panic::Location;
use std::rc::{Rc, Weak};

use groundup_sync::task::{Address, Locals, NumberMap, Scheduler};
use mio::Interest;
use mio::unix::SourceFd;

use super::Reactor;
use super::about::About;
use super::installed::install;
use super::readiness::Way;
use super::source::{Source, WatchEvent, WatchFunction};
use super::sources::{INTERRUPT, SourceId};
use crate::system::dispositions::interrupt::interrupt_socket;

/// Watches of a loop, by the number of a descriptor or of a process.
pub(crate) type Watches = NumberMap<Rc<Watch>>;

/// A descriptor, and the function that its events call. Its drop ends it.
pub(crate) struct Watch {
    descriptor: OwnedFd,
    way: Way,
    reactor: Weak<Reactor>,
    /// Set once, right after the watch is made.
    id: Cell<Option<SourceId>>,
    /// `None` while it is called, and after the end.
    function: RefCell<Option<Box<dyn FnMut()>>>,
    lost: RefCell<Option<Box<dyn FnOnce()>>>,
    ended: Cell<bool>,
    /// Where the watch was made: the callbacks have this place, and these locals.
    place: &'static Location<'static>,
    locals: Locals,
}

impl Watch {
    /// Calls `function` whenever the descriptor can be read or written.
    #[track_caller]
    pub(crate) fn new(
        descriptor: OwnedFd,
        way: Way,
        about: About,
        function: impl FnMut() + 'static,
    ) -> io::Result<Rc<Watch>> {
        let (reactor, address) = install()?;
        let watch = Rc::new(Watch {
            descriptor,
            way,
            reactor: Rc::downgrade(&reactor),
            id: Cell::new(None),
            function: RefCell::new(Some(Box::new(function))),
            lost: RefCell::new(None),
            ended: Cell::new(false),
            place: Location::caller(),
            locals: Locals::current(),
        });
        let weak = Rc::downgrade(&watch);
        let notify = move |event| {
            let Some(watch) = weak.upgrade() else {
                return;
            };
            if event == WatchEvent::Lost {
                let lost = watch.lost.take();
                lost.into_iter().for_each(|lost| lost());
            } else if let Some(scheduler) = Scheduler::current() {
                let place = watch.place;
                scheduler.call_soon_at(move || watch.call(), place);
            }
        };
        let id = reactor.watch(&watch.descriptor, way, about, Rc::new(notify), address);
        watch.id.set(Some(id.map_err(always_ready)?));
        Ok(watch)
    }

    /// Calls `lost` when the reactor is not the driver of its loop any more, once. The loop may not be
    /// running then.
    pub(crate) fn on_lost(&self, lost: impl FnOnce() + 'static) {
        drop(self.lost.replace(Some(Box::new(lost))));
    }

    /// Calls the function no more, and drops it, unless it is being called.
    pub(crate) fn end(&self) {
        self.ended.set(true);
        if let (Some(id), Some(reactor)) = (self.id.take(), self.reactor.upgrade()) {
            reactor.unwatch(&self.descriptor, &id);
        }
        drop((self.function.take(), self.lost.take()));
    }

    fn call(&self) {
        if self.ended.get() {
            return;
        }
        let function = self.function.take();
        if let Some(function) = function {
            let mut calling = Calling {
                watch: self,
                function: Some(function),
            };
            if let Some(function) = &mut calling.function {
                self.locals.scope(function);
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

/// A call of the function. Its drop puts the function back, also after a panic.
struct Calling<'a> {
    watch: &'a Watch,
    function: Option<Box<dyn FnMut()>>,
}

impl Drop for Calling<'_> {
    fn drop(&mut self) {
        let watch = self.watch;
        if watch.ended.get() {
            return;
        }
        let mut function = watch.function.borrow_mut();
        if function.is_none() {
            *function = self.function.take();
        }
        drop(function);
        if let (Some(id), Some(reactor)) = (watch.id.get(), watch.reactor.upgrade()) {
            reactor.rearm(&watch.descriptor, &id, watch.way);
        }
    }
}

/// Explains the error of a descriptor that the system does not watch.
pub(crate) fn always_ready(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::PermissionDenied => io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the system does not watch this descriptor, since it is always ready, as a regular file \
             is: read or write it in place, or with `to_thread` if that may take long",
        ),
        _ => error,
    }
}

impl Way {
    fn interest(self) -> Interest {
        match self {
            Way::Read => Interest::READABLE,
            Way::Write => Interest::WRITABLE,
        }
    }
}

impl Reactor {
    fn watch(
        &self,
        descriptor: &OwnedFd,
        way: Way,
        about: About,
        notify: WatchFunction,
        address: Address,
    ) -> io::Result<SourceId> {
        let source = Source::watched(about, &self.waits.waiting, notify);
        source.arm(way);
        let number = descriptor.as_raw_fd();
        let id = self.enter(&mut SourceFd(&number), source, way.interest(), address)?;
        self.waits.count_up();
        self.watched.set(self.watched.get() + 1);
        Ok(id)
    }

    /// Has the system report again whether the descriptor is ready.
    fn rearm(&self, descriptor: &OwnedFd, id: &SourceId, way: Way) {
        if self.waits.sources.with(id, |source| source.arm(way)) == Some(true) {
            self.waits.count_up();
        }
        let (number, token) = (descriptor.as_raw_fd(), id.token());
        // It was registered before, so this needs no memory and does not fail.
        let _ = (self.registry).reregister(&mut SourceFd(&number), token, way.interest());
    }

    fn unwatch(&self, descriptor: &OwnedFd, id: &SourceId) {
        let _ = (self.registry).deregister(&mut SourceFd(&descriptor.as_raw_fd()));
        self.waits.forget(id);
        self.watched.set(self.watched.get() - 1);
    }

    /// Waits also for an interrupt, if the run of this thread handles interrupts; or no longer.
    pub(crate) fn handle_interrupts(&self, handles: bool) -> io::Result<()> {
        let Some(socket) = interrupt_socket() else {
            return Ok(());
        };
        let number = socket.as_fd().as_raw_fd();
        let mut socket = SourceFd(&number);
        match (handles, self.interruptible.get()) {
            (true, false) => {
                let readable = Interest::READABLE;
                self.registry.register(&mut socket, INTERRUPT, readable)?;
            }
            (false, true) => self.registry.deregister(&mut socket)?,
            _ => {}
        }
        self.interruptible.set(handles);
        Ok(())
    }
}
