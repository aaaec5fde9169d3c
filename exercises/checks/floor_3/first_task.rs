//! The tests of the exercises in the first version of floor 3, inside it.

use std::cell::Cell;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use super::*;

/// A waker that counts its calls.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Calls {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A list to which tasks write.
type Log = Rc<RefCell<Vec<&'static str>>>;

fn task_waker(queue: &Arc<Queue>) -> Arc<TaskWaker> {
    Arc::new(TaskWaker {
        task: 7,
        queued: AtomicBool::new(false),
        queue: queue.clone(),
        thread: thread::current(),
    })
}

fn numbers(queue: &Arc<Queue>) -> Vec<usize> {
    let queue = queue.lock().unwrap();
    queue.iter().map(|waker| waker.task).collect()
}

#[test]
fn a_wake_queues_the_task_once() {
    let queue = Arc::<Queue>::default();
    let own = task_waker(&queue);
    let waker = Waker::from(own.clone());
    waker.wake_by_ref();
    waker.wake_by_ref();
    assert_eq!(numbers(&queue), [7], "two wakes, one place in the queue");
    queue.lock().unwrap().clear();
    own.queued.store(false, Ordering::Release);
    waker.wake();
    assert_eq!(
        numbers(&queue),
        [7],
        "a wake after the poll queues the task again"
    );
}

#[test]
fn a_wake_unparks_the_thread() {
    let waker = Waker::from(task_waker(&Arc::default()));
    let other = thread::spawn(|| waker.wake());
    other.join().expect("the wake does not panic");
    // The park returns at once if the unpark came before.
    let (begin, limit) = (Instant::now(), Duration::from_secs(5));
    thread::park_timeout(limit);
    assert!(begin.elapsed() < limit, "a wake unparks the thread");
}

fn pending<T>() -> Task<T> {
    let (value, waiter) = (None, Waker::noop().clone());
    Task(Rc::new(RefCell::new(Shared { value, waiter })))
}

#[test]
fn an_unfinished_task_is_pending_and_keeps_the_waker() {
    let calls = [(); 2].map(|()| Arc::<Calls>::default());
    let mut task = pending::<u32>();
    for calls in &calls {
        let waker = Waker::from(calls.clone());
        let poll = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
        assert_eq!(poll, Poll::Pending, "there is no value");
    }
    task.0.borrow().waiter.wake_by_ref();
    let counts = calls.each_ref().map(|calls| calls.count());
    assert_eq!(counts, [0, 1], "the waker of the last poll is kept");
}

#[test]
fn a_finished_task_gives_its_value_once() {
    let mut task = pending();
    task.0.borrow_mut().value = Some("value");
    let mut cx = Context::from_waker(Waker::noop());
    let poll = Pin::new(&mut task).poll(&mut cx);
    assert_eq!(poll, Poll::Ready("value"), "the value is there");
    assert_eq!(task.0.borrow().value, None, "the value was taken out");
}

#[test]
fn a_yield_is_pending_once_and_wakes_itself() {
    let calls = Arc::<Calls>::default();
    let waker = Waker::from(calls.clone());
    let mut yielding = Box::pin(yield_now());
    let mut poll = || yielding.as_mut().poll(&mut Context::from_waker(&waker));
    assert_eq!(poll(), Poll::Pending, "the first poll");
    assert_eq!(calls.count(), 1, "the first poll wakes its own task");
    assert_eq!(poll(), Poll::Ready(()), "the second poll");
    assert_eq!(calls.count(), 1, "the second poll wakes no task");
}

#[test]
fn tasks_that_yield_take_turns() {
    let log = Log::default();
    for name in ["a", "b"] {
        let log = log.clone();
        spawn(async move {
            for _ in 0..2 {
                log.borrow_mut().push(name);
                yield_now().await;
            }
        });
    }
    while round() {}
    assert_eq!(log.take(), ["a", "b", "a", "b"], "one step of each in turn");
}

/// A future that counts its polls, and is ready at the poll with this number.
fn counted(polls: &Rc<Cell<usize>>, ready_at: usize) -> impl Future<Output = ()> + use<> {
    let polls = polls.clone();
    poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        cx.waker().wake_by_ref();
        match polls.get() == ready_at {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
}

#[test]
fn a_round_polls_the_tasks_of_before() {
    let polls = Rc::new(Cell::new(0));
    spawn(counted(&polls, 3));
    let rounds = [(); 3].map(|()| (round(), polls.get()));
    assert_eq!(
        rounds,
        [(true, 1), (true, 2), (true, 3)],
        "one poll in each round"
    );
    while round() {}
    assert_eq!(polls.get(), 3, "a finished future is not polled");
    assert!(!round(), "no task is ready");
}

#[test]
fn a_round_polls_each_ready_task_once() {
    let log = Log::default();
    for (name, wakes) in [("a", true), ("b", true), ("asleep", false), ("c", true)] {
        let log = log.clone();
        spawn(poll_fn(move |cx| {
            log.borrow_mut().push(name);
            wakes.then(|| cx.waker().wake_by_ref());
            Poll::<()>::Pending
        }));
    }
    let rounds = [(); 3].map(|()| (round(), log.take()));
    let all = (true, vec!["a", "b", "asleep", "c"]);
    let awake = (true, vec!["a", "b", "c"]);
    assert_eq!(
        rounds,
        [all, awake.clone(), awake],
        "in order, and none that was not woken"
    );
}

#[test]
fn a_wake_during_the_poll_is_not_lost() {
    let polls = Rc::new(Cell::new(0));
    spawn(counted(&polls, 100));
    let mut rounds = 0;
    while round() && rounds < 1000 {
        rounds += 1;
    }
    assert_eq!(
        polls.get(),
        100,
        "each poll wakes its task before it returns"
    );
}

#[test]
fn a_late_wake_finds_nothing() {
    let kept = Rc::new(RefCell::new(None));
    let inside = kept.clone();
    spawn(poll_fn(move |cx| {
        inside.replace(Some(cx.waker().clone()));
        Poll::Ready(())
    }));
    while round() {}
    let waker = kept.take().expect("it was polled");
    waker.wake();
    while round() {}
    assert_eq!(
        Rc::strong_count(&kept),
        1,
        "the future was dropped at its end"
    );
}

#[test]
fn a_poll_may_use_the_lists() {
    let notes = Rc::new(RefCell::new(Vec::new()));
    let inside = notes.clone();
    spawn(poll_fn(move |cx| {
        let tasks_are_free = TASKS.with(|tasks| tasks.try_borrow_mut().is_ok());
        let queue_is_free = QUEUE.with(|queue| queue.try_lock().is_ok());
        inside.borrow_mut().push((tasks_are_free, queue_is_free));
        cx.waker().wake_by_ref();
        match inside.borrow().len() {
            2 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }));
    while round() {}
    assert_eq!(
        notes.take(),
        [(true, true); 2],
        "`TASKS` is not borrowed in a poll, and the queue is not locked"
    );
}

#[test]
fn a_spawn_polls_nothing() {
    let log = Log::default();
    let inside = log.clone();
    let task = spawn(async move {
        inside.borrow_mut().push("step");
        5
    });
    assert_eq!(log.borrow().len(), 0, "no step before the round");
    assert!(round(), "the first step is queued");
    assert_eq!(log.take(), ["step"], "the round takes the step");
    assert_eq!(task.0.borrow().value, Some(5), "the value is stored");
}

#[test]
fn a_task_may_spawn_and_await() {
    let log = Log::default();
    let inside = log.clone();
    spawn(async move {
        let child = inside.clone();
        let task = spawn(async move {
            yield_now().await;
            child.borrow_mut().push("child");
            7
        });
        assert_eq!(task.await, 7, "the value of the child");
        inside.borrow_mut().push("parent");
    });
    while round() {}
    assert_eq!(
        log.take(),
        ["child", "parent"],
        "the end of the child wakes the parent"
    );
}

/// A waker that looks at the shared value of a task.
struct Looks;

thread_local! {
    static LOOKED_AT: RefCell<Option<Rc<RefCell<Shared<u32>>>>> = RefCell::default();
    static SAW: RefCell<Vec<Option<u32>>> = RefCell::default();
}

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        let value = LOOKED_AT.with_borrow(|shared| {
            let shared = shared.as_ref()?;
            shared.try_borrow().ok()?.value
        });
        SAW.with_borrow_mut(|saw| saw.push(value));
    }
}

#[test]
fn a_waiter_is_woken_when_the_value_can_be_seen() {
    let mut task = spawn(async { 5 });
    LOOKED_AT.set(Some(task.0.clone()));
    let waker = Waker::from(Arc::new(Looks));
    let poll = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
    assert_eq!(poll, Poll::Pending, "no round was run");
    while round() {}
    assert_eq!(
        SAW.take(),
        [Some(5)],
        "one wake, after the value is stored, without a `borrow_mut`"
    );
}
