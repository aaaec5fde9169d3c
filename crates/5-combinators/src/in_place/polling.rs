//! Turns: which of several futures are polled now.
//!
//! The problem: a task that is woken does not know by which of the futures it
//! holds. Polling all of them is right, and cheap while they are few. With a
//! thousand, each event costs a thousand polls. So a longer list gives each of its
//! futures a bell of its own: it rings with the future's number, and only those
//! that rang are polled.
//!
//! ```text
//!   few    parent woken ------------------> poll all, with the parent's waker
//!   many   bell 7 rings --> [7, ...] -----> poll 7, with bell 7 as its waker
//!                       \-> wakes the parent, once until it looks
//! ```
//!
//! The parent's waker is the better one as long as it can be had: to a sleep or a
//! task of the loop it is a number of eight bytes, to a bell they have to keep a
//! counted pointer. And a cancel that is delivered to the task must be able to
//! reach a region in any of the futures, so then all are polled.
//!
//! Invariants:
//! 1. Every wake of an open future is followed by a poll of it.
//! 2. A bell that rings twice before it is answered stands in the list once.
//! 3. When it is enough, the futures that were not done are not what the task waits
//!    for any more.
//! 4. A bell may ring from any thread, and after everything here has gone.
//!
//! Read next: `outputs.rs`.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Wake, Waker};

use groundup_executor::task::{Said, Scheduler};
use groundup_executor::trace::Choice;

use crate::in_place::Places;

/// From so many futures on, each has its bell. Measured with futures of one event
/// each: with 16 of them an event costs 200 ns when all are polled and 300 ns with
/// bells, with 32 about 350 ns either way, with 512 it is 3,700 ns against 320.
const MANY: usize = 32;

/// Who rang, and who is to be woken by it.
#[derive(Default)]
struct Rung {
    numbers: Vec<u32>,
    parent: Option<Waker>,
}

#[derive(Default)]
struct Board {
    rung: Mutex<Rung>,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Rung> {
        // Nothing foreign runs under the lock; whatever poisoned it left it whole.
        self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Bell {
    board: Arc<Board>,
    number: u32,
    ringing: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.ringing.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut rung = self.board.lock();
        rung.numbers.push(self.number);
        let parent = rung.parent.take();
        drop(rung);
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

/// The bells of a long list.
struct Bells {
    board: Arc<Board>,
    bells: Vec<(Arc<Bell>, Waker)>,
    /// The numbers being answered.
    numbers: Vec<u32>,
}

impl Bells {
    /// All of them ring at first: nobody has been polled yet.
    fn new(count: usize) -> Self {
        let board = Arc::<Board>::default();
        let bell = |number| {
            let bell = Arc::new(Bell {
                board: board.clone(),
                number,
                ringing: AtomicBool::new(true),
            });
            (bell.clone(), Waker::from(bell))
        };
        let bells = (0..count as u32).map(bell).collect();
        board.lock().numbers.extend(0..count as u32);
        Bells {
            board,
            bells,
            numbers: Vec::new(),
        }
    }

    /// Who rang since the last time; from now on a ring wakes `parent`.
    fn answer(&mut self, parent: &Waker) {
        self.numbers.clear();
        let waker = parent.clone();
        let mut rung = self.board.lock();
        std::mem::swap(&mut rung.numbers, &mut self.numbers);
        let before = rung.parent.replace(waker);
        drop(rung);
        drop(before);
        for &number in &self.numbers {
            self.bells[number as usize]
                .0
                .ringing
                .store(false, Ordering::Release);
        }
    }
}

/// Whose turn it is among places.
pub(super) struct Turns {
    /// In a box: a short list should be small, and it moves when it is awaited.
    bells: Option<Box<Bells>>,
    /// The chooser is asked who is looked at first.
    free: bool,
}

impl Turns {
    /// For `count` places that are polled in the order given.
    #[inline]
    pub(super) fn in_order(count: usize) -> Self {
        Turns {
            bells: (count >= MANY).then(|| Box::new(Bells::new(count))),
            free: false,
        }
    }

    /// For places of which the first that is found done decides: who is looked at
    /// first is a free choice.
    #[inline]
    pub(super) fn free(count: usize) -> Self {
        let turns = Turns::in_order(count);
        Turns {
            bells: turns.bells,
            free: true,
        }
    }

    /// Polls whose turn it is, and calls `ended` with each that has ended, until
    /// it says that this is enough.
    #[inline]
    pub(super) fn take<P: Places, R>(
        &mut self,
        mut places: Pin<&mut P>,
        cx: &mut Context<'_>,
        mut ended: impl FnMut(Pin<&mut P>, usize) -> ControlFlow<R>,
    ) -> ControlFlow<R> {
        if let Some(bells) = &mut self.bells {
            return take_rung(bells, self.free, places, cx, ended);
        }
        let ask = |scheduler: &Rc<Scheduler>| (scheduler.said(), scheduler.has_chooser());
        let (said, choosing) = Scheduler::try_current(ask).unzip();
        let first = match self.free && choosing == Some(true) {
            true => first_open(&*places),
            false => None,
        };
        let others = (0..places.count()).filter(|at| Some(*at) != first);
        for at in first.into_iter().chain(others) {
            if places.as_mut().poll_at(at, cx)
                && let enough @ ControlFlow::Break(_) = ended(places.as_mut(), at)
            {
                unsay(said);
                return enough;
            }
        }
        ControlFlow::Continue(())
    }
}

/// The futures that were polled are let go of; nobody waits for them any more, not
/// for one that was only lent either.
fn unsay(said: Option<Said>) {
    if let Some(said) = said {
        Scheduler::try_current(|scheduler| scheduler.unsay_since(said));
    }
}

/// The place that is looked at first, when somebody chooses among the open ones.
#[cold]
fn first_open<P: Places>(places: &P) -> Option<usize> {
    let mut open = (0..places.count()).filter(|at| places.is_open(*at));
    let chosen = choose(open.clone().count());
    open.nth(chosen)
}

fn choose(options: usize) -> usize {
    Scheduler::try_current(|scheduler| scheduler.choose(Choice::Branch, options)).unwrap_or(0)
}

fn take_rung<P: Places, R>(
    bells: &mut Bells,
    free: bool,
    mut places: Pin<&mut P>,
    cx: &mut Context<'_>,
    mut ended: impl FnMut(Pin<&mut P>, usize) -> ControlFlow<R>,
) -> ControlFlow<R> {
    bells.answer(cx.waker());
    if Scheduler::try_current(|scheduler| scheduler.is_delivering()) == Some(true) {
        bells.numbers.clear();
        bells.numbers.extend(0..places.count() as u32);
    }
    bells.numbers.retain(|at| places.is_open(*at as usize));
    if free {
        let chosen = choose(bells.numbers.len());
        if let Some(upto) = bells.numbers.get_mut(..=chosen) {
            upto.rotate_right(1);
        }
    }
    for &at in &bells.numbers {
        let waker = &bells.bells[at as usize].1;
        let at = at as usize;
        if places.as_mut().poll_at(at, &mut Context::from_waker(waker)) {
            ended(places.as_mut(), at)?;
        }
    }
    ControlFlow::Continue(())
}
