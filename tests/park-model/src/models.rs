//! The models: one loop, and threads that post to it.
//!
//! The problem: the same four programs run under two checkers, on the correct protocol
//! and on eight broken forms. So they are written once, against the little they need: a
//! mailbox, a lent mailbox, a thread that can park, an atomic flag.
//!
//! | program | property |
//! |---|---|
//! | `messages_arrive` | every message is collected once; the loop never blocks for ever; each of its sleeps is ended by exactly one caller |
//! | `a_sleep_that_ends_by_itself` | the same if the loop wakes by itself, as at a deadline |
//! | `a_box_that_is_shut` | a message is collected, or was left in the mailbox, or is returned; never two of these |
//! | `a_mailbox_that_is_reopened` | no message to a closed loop reaches the next loop; a message to the next loop arrives, and that loop never blocks for ever |
//!
//! Read next: `under_loom.rs`.

/// A mailbox, correct or broken.
pub(crate) trait Messages: Send + Sync + 'static {
    fn empty() -> Self;
    fn post(&self, message: u8, admit: impl FnOnce() -> bool) -> Result<bool, u8>;
    fn asked(&self) -> bool;
    fn collect(&self, into: &mut Vec<u8>);
    fn try_park(&self) -> bool;
    fn end_park(&self);
    fn shut(&self, close: impl FnOnce()) -> Vec<u8>;
}

/// A lent mailbox over a mailbox, correct or broken.
pub(crate) trait Place<Thread>: Send + Sync + 'static {
    fn empty() -> Self;
    fn open(&self, epoch: u64);
    fn close(&self) -> Vec<u8>;
    fn post(&self, message: u8, epoch: u64) -> Result<bool, u8>;
    fn sleeper(&self) -> Option<Thread>;
    fn set_unpark(&self, thread: Option<Thread>);
    fn asked(&self) -> bool;
    fn collect(&self, into: &mut Vec<u8>);
    fn try_park(&self) -> bool;
    fn end_park(&self);
}

/// Defines the surroundings that `park.rs` and `lent_mailbox.rs` need, from a checker.
macro_rules! surroundings {
    ($checker:ident) => {
        mod sync {
            pub(crate) use $checker::sync::atomic::{AtomicU8, AtomicU64, Ordering};

            pub(crate) struct Mutex<T>($checker::sync::Mutex<T>);

            impl<T> Mutex<T> {
                pub(crate) fn new(value: T) -> Self {
                    Mutex($checker::sync::Mutex::new(value))
                }

                pub(crate) fn lock(&self) -> $checker::sync::MutexGuard<'_, T> {
                    self.0.lock().expect("nobody panics with the box open")
                }
            }

            pub(crate) use crate::models::constructor;
        }

        /// Adds a message: of each two, one is a key, as a wake is, and the other one is not.
        fn put(messages: &mut messages::Messages<u8>, message: u8) {
            match message % 2 {
                0 => messages.put_key(u64::from(message) + 1),
                _ => messages.put(message),
            }
        }

        /// Returns the messages of a mail.
        fn read_all(mut mail: messages::Mail<u8>) -> Vec<u8> {
            let all = std::cell::RefCell::new(Vec::new());
            let add = |message| all.borrow_mut().push(message);
            mail.read(|key| add(key as u8 - 1), add);
            all.into_inner()
        }
    };
}

/// Makes the constructor of `park.rs` a plain function, where floor 3 makes it `const`.
macro_rules! constructor {
    ($(#[$attribute:meta])* $visibility:vis fn $($rest:tt)*) => {
        $(#[$attribute])* $visibility fn $($rest)*
    };
}

/// Implements [`Messages`] for a module's `Mailbox<u8>`.
macro_rules! messages {
    ($($module:ident),*) => { $(
        impl $crate::models::Messages for $module::Mailbox<u8> {
            fn empty() -> Self { Self::new() }
            fn post(&self, message: u8, admit: impl FnOnce() -> bool) -> Result<bool, u8> {
                self.post(message, put, admit)
            }
            fn asked(&self) -> bool { self.asked() }
            fn collect(&self, into: &mut Vec<u8>) {
                let mut mail = messages::Mail::default();
                self.collect(&mut mail);
                into.extend(read_all(mail));
            }
            fn try_park(&self) -> bool { self.try_park() }
            fn end_park(&self) { self.end_park() }
            fn shut(&self, close: impl FnOnce()) -> Vec<u8> { read_all(self.shut(close)) }
        }
    )* };
}

/// Implements [`Place`] for a module's `LentMailbox` of messages `u8` and threads.
macro_rules! places {
    ($($module:ident),*) => { $(
        impl $crate::models::Place<thread::Thread> for $module::LentMailbox<u8, thread::Thread> {
            fn empty() -> Self { Self::new() }
            fn open(&self, epoch: u64) { self.open(epoch) }
            fn close(&self) -> Vec<u8> { read_all(self.close()) }
            fn post(&self, message: u8, epoch: u64) -> Result<bool, u8> {
                self.post(message, put, epoch)
            }
            fn sleeper(&self) -> Option<thread::Thread> { self.unparker() }
            fn set_unpark(&self, thread: Option<thread::Thread>) { self.set_unpark(thread); }
            fn asked(&self) -> bool { self.mailbox.asked() }
            fn collect(&self, into: &mut Vec<u8>) {
                let mut mail = messages::Mail::default();
                self.mailbox.collect(&mut mail);
                into.extend(read_all(mail));
            }
            fn try_park(&self) -> bool { self.mailbox.try_park() }
            fn end_park(&self) { self.mailbox.end_park() }
        }
    )* };
}

/// Includes a broken form of `park.rs`.
macro_rules! broken {
    ($($name:ident),*) => { $(
        #[allow(dead_code)]
        mod $name {
            use super::{messages, sync};
            mod park {
                include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
            }
            mod lent_mailbox {
                include!(concat!(env!("OUT_DIR"), "/lent_mailbox.rs"));
            }
            #[allow(unused_imports)]
            pub(crate) use {park::Mailbox, lent_mailbox::LentMailbox};
        }
    )* };
}

/// Defines the four programs, on a checker's threads and atomics.
macro_rules! programs {
    ($checker:ident) => {
        use $checker::sync::Arc;
        use $checker::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
        use $checker::thread;

        use crate::models::{Messages, Place};

        /// The state that the loop and its callers share.
        struct Shared<L> {
            mailbox: L,
            open: AtomicBool,
            unparks: AtomicUsize,
        }

        fn shared<L: Messages>() -> Arc<Shared<L>> {
            Arc::new(Shared {
                mailbox: L::empty(),
                open: AtomicBool::new(true),
                unparks: AtomicUsize::new(0),
            })
        }

        /// Starts threads that post `each` messages, and that unpark the loop if they
        /// must. Each thread returns the messages that came back.
        fn posting<L: Messages>(
            shared: &Arc<Shared<L>>,
            threads: u8,
            each: u8,
        ) -> Vec<thread::JoinHandle<Vec<u8>>> {
            let sleeper = thread::current();
            let start = |caller: u8| {
                let (shared, sleeper) = (shared.clone(), sleeper.clone());
                thread::spawn(move || {
                    let mut refused = Vec::new();
                    for message in caller * each..(caller + 1) * each {
                        let admit = || shared.open.load(Ordering::Acquire);
                        match shared.mailbox.post(message, admit) {
                            Ok(false) => {}
                            Ok(true) => {
                                shared.unparks.fetch_add(1, Ordering::Relaxed);
                                sleeper.unpark();
                            }
                            Err(message) => refused.push(message),
                        }
                    }
                    refused
                })
            };
            (0..threads).map(start).collect()
        }

        fn messages_arrive<L: Messages>(threads: u8, each: u8) {
            let shared = shared::<L>();
            let callers = posting(&shared, threads, each);
            let (mut messages, mut sleeps) = (Vec::new(), 0);
            while messages.len() < usize::from(threads * each) {
                if shared.mailbox.asked() {
                    shared.mailbox.collect(&mut messages);
                } else if shared.mailbox.try_park() {
                    sleeps += 1;
                    thread::park();
                    shared.mailbox.end_park();
                }
            }
            for caller in callers {
                assert_eq!(caller.join().unwrap(), []);
            }
            messages.sort_unstable();
            assert!(
                messages.iter().copied().eq(0..threads * each),
                "{messages:?}"
            );
            let unparks = shared.unparks.load(Ordering::Relaxed);
            assert!(unparks <= sleeps, "each sleep has one who ends it");
            if WAKES_ONLY_WHEN_UNPARKED {
                assert_eq!(unparks, sleeps, "each sleep has one who ends it");
            }
        }

        fn a_sleep_that_ends_by_itself<L: Messages>(threads: u8) {
            let shared = shared::<L>();
            // The threads are not joined: a late unpark would meet the join, and loom
            // would miss it there.
            let _callers = posting(&shared, threads, 1);
            let mut messages = Vec::new();
            // The loop sleeps once and wakes, independent of the callers.
            if shared.mailbox.try_park() {
                thread::yield_now();
                shared.mailbox.end_park();
            }
            while messages.len() < usize::from(threads) {
                if shared.mailbox.asked() {
                    shared.mailbox.collect(&mut messages);
                } else if shared.mailbox.try_park() {
                    thread::park();
                    shared.mailbox.end_park();
                }
            }
        }

        fn a_box_that_is_shut<L: Messages>(threads: u8) {
            let shared = shared::<L>();
            let callers = posting(&shared, threads, 1);
            let mut messages = Vec::new();
            if shared.mailbox.asked() {
                shared.mailbox.collect(&mut messages);
            }
            let shutting = || shared.open.store(false, Ordering::Release);
            messages.extend(shared.mailbox.shut(shutting));
            for caller in callers {
                messages.extend(caller.join().unwrap());
            }
            let mut behind = Vec::new();
            shared.mailbox.collect(&mut behind);
            assert_eq!(behind, [], "nothing is put into a box that is shut");
            messages.sort_unstable();
            assert!(messages.iter().copied().eq(0..threads), "{messages:?}");
        }

        /// Starts a thread that posts a message, and that unparks the loop if it must.
        fn one_message<P: Place<thread::Thread>>(lent_mailbox: &Arc<P>, message: u8, epoch: u64) {
            let lent_mailbox = lent_mailbox.clone();
            // Not joined, for the reason above.
            thread::spawn(move || {
                if let Ok(true) = lent_mailbox.post(message, epoch)
                    && let Some(sleeper) = lent_mailbox.sleeper()
                {
                    sleeper.unpark();
                }
            });
        }

        /// Posts the message 1 for the first loop, and the message 2 for the second.
        fn a_mailbox_that_is_reopened<P: Place<thread::Thread>>() {
            let lent_mailbox = Arc::new(P::empty());
            lent_mailbox.set_unpark(Some(thread::current()));
            lent_mailbox.open(1);
            one_message(&lent_mailbox, 1, 1);
            let mut first = Vec::new();
            if lent_mailbox.asked() {
                lent_mailbox.collect(&mut first);
            }
            first.extend(lent_mailbox.close());
            assert!(first.len() <= 1 && !first.contains(&2), "{first:?}");
            lent_mailbox.open(2);
            one_message(&lent_mailbox, 2, 2);
            let mut second = Vec::new();
            while !second.contains(&2) {
                if lent_mailbox.asked() {
                    lent_mailbox.collect(&mut second);
                } else if lent_mailbox.try_park() {
                    thread::park();
                    lent_mailbox.end_park();
                }
            }
            assert_eq!(second, [2], "messages of another loop were read");
        }
    };
}

/// The variable that is set in the process that is to fail.
const BROKEN: &str = "PARK_MODEL_RUNS_THE_BROKEN_FORM";

/// Runs the test `name`, which is the caller, in a process of its own, where it checks a
/// broken form; asserts that the checker has found the error. The process is needed
/// because a checker that stops a program in the middle may have to abort it.
pub(crate) fn must_fail(name: &str, check: impl FnOnce()) {
    if std::env::var_os(BROKEN).is_some() {
        return check();
    }
    // Of `module_path!()`, libtest leaves out the crate.
    let name = name.trim_start_matches("park_model::");
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    process.args([name, "--exact", "--nocapture", "--test-threads=1"]);
    process.env(BROKEN, "1").env("RUST_BACKTRACE", "0");
    let output = process.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("running 1 test"), "{name} is no test: {told}");
    assert!(!output.status.success(), "{name}: nothing was found");
    let found = [
        "deadlock",
        "each sleep has one",
        "messages of another loop",
        "each job has one end",
        "each item arrives once",
    ];
    assert!(found.iter().any(|what| told.contains(what)), "{told}");
}

/// Number of orders that shuttle tries, unless `PARK_MODEL_ORDERS` sets another.
const ORDERS: usize = 2_000;

/// Checks orders that shuttle chooses.
pub(crate) fn chance(program: impl Fn() + Send + Sync + std::panic::UnwindSafe + 'static) {
    let asked = std::env::var("PARK_MODEL_ORDERS").ok();
    let orders = asked.map_or(ORDERS, |asked| asked.parse().expect("a number of orders"));
    let program = std::sync::Arc::new(program);
    let again = program.clone();
    shuttle::check_random(move || again(), orders);
    shuttle::check_pct(move || program(), orders, 3);
}

/// Checks all orders that loom knows in which a thread is interrupted twice at most.
pub(crate) fn few_interruptions(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(program);
}

pub(crate) use {broken, constructor, messages, places, programs, surroundings};
