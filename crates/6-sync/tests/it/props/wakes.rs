//! Futures that are polled by hand, with wakers that count their calls.
//!
//! The problem: a future of a shared object may be polled at any time, with the waker of before or
//! with a new one, and be dropped at any time. The models say how often it is woken.
//!
//! Read next: `permits.rs`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Counts its calls.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future, and the number of calls of the wakers that it has had.
pub(super) struct ByHand<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    wakers: Vec<(Arc<Count>, Waker)>,
    /// The calls of all wakers, when the last one was made.
    before: usize,
}

impl<'a, T> ByHand<'a, T> {
    pub(super) fn new(future: impl Future<Output = T> + 'a) -> Self {
        ByHand {
            future: Box::pin(future),
            wakers: Vec::new(),
            before: 0,
        }
    }

    /// Polls the future, with the waker of before or with a new one.
    pub(super) fn poll(&mut self, new: bool) -> Poll<T> {
        if new || self.wakers.is_empty() {
            self.before = self.calls();
            let count = Arc::<Count>::default();
            self.wakers.push((count.clone(), count.into()));
        }
        let (_, waker) = self.wakers.last().expect("one is there");
        self.future.as_mut().poll(&mut Context::from_waker(waker))
    }

    /// Returns how often the future was woken. Fails if a waker was called that the future does not
    /// have any more.
    pub(super) fn wakes(&self) -> usize {
        let last = self.wakers.last();
        let last = last.map_or(0, |(count, _)| count.0.load(Ordering::Relaxed));
        assert_eq!(
            self.calls(),
            self.before + last,
            "a waker of before was called"
        );
        self.calls()
    }

    fn calls(&self) -> usize {
        let counts = self.wakers.iter();
        counts
            .map(|(count, _)| count.0.load(Ordering::Relaxed))
            .sum()
    }
}
