//! Makes a fleet: its options, its threads and its loops.
//!
//! The problem: a loop is made on its own thread, and the thread that makes the fleet needs a handle
//! to it. Either of the two may be refused by the system. Then no fleet is made, and no thread left.
//!
//! ```text
//!   build    starts a thread ──> makes its loop, stores its handle, sends word
//!              ..                  └── runs the loop
//!            waits for word of all of them
//!              └── one could not start: shuts the others down; an error
//! ```
//!
//! Invariant: when `build` returns, every loop has its handle.
//!
//! Read next: `fleet/fleet_task.rs`.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;

use groundup_combinators::executor::Builder;
use groundup_combinators::task::Scheduler;

use super::Fleet;
use super::member::{Configure, FleetCore};
use super::starts::{Start, Starts};

/// The options of a new [`Fleet`](crate::Fleet).
#[must_use = "a builder makes no fleet before `build` is called"]
pub struct FleetBuilder {
    loops: usize,
    name: String,
    configure: Arc<Configure>,
}

impl Fleet {
    /// Begins a fleet with other options. Without a call of [`loops`](FleetBuilder::loops) it has as
    /// many loops as the machine has processors.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Fleet, run};
    ///
    /// run(async {
    ///     let fleet = Fleet::builder()
    ///         .loops(2)
    ///         .name("ship")
    ///         .configure(|_, builder| builder.debug(true))
    ///         .build();
    ///     let name = fleet.spawn_on(0, async || std::thread::current().name().map(String::from));
    ///     assert_eq!(name.await.unwrap().as_deref(), Some("ship-0"));
    /// });
    /// ```
    pub fn builder() -> FleetBuilder {
        FleetBuilder {
            loops: thread::available_parallelism().map_or(1, usize::from),
            name: "loop".into(),
            configure: Arc::new(|_, builder| builder),
        }
    }
}

impl FleetBuilder {
    /// Sets the number of loops.
    pub fn loops(mut self, loops: usize) -> Self {
        self.loops = loops;
        self
    }

    /// Sets the name of the threads: `name-0`, `name-1`, and so on, by the numbers of the loops.
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// Sets a function that sets the options of each loop, given its number. It is called on the
    /// loop's own thread.
    pub fn configure(
        mut self,
        configure: impl Fn(usize, Builder) -> Builder + Send + Sync + 'static,
    ) -> Self {
        self.configure = Arc::new(configure);
        self
    }

    /// Makes the fleet, and starts its threads and loops.
    ///
    /// A report about a loop that ends unasked goes to the loop that is running here, or to standard
    /// error if there is none.
    ///
    /// # Panics
    ///
    /// If the number of loops is zero, if the name contains a zero byte, or if the system refuses a
    /// thread or the process has too many loops; [`try_build`](FleetBuilder::try_build) returns the
    /// last two as an error.
    #[track_caller]
    pub fn build(self) -> Fleet {
        match self.try_build() {
            Ok(fleet) => fleet,
            Err(error) => panic!("{error}"),
        }
    }

    /// Does what [`build`](FleetBuilder::build) does, and returns an error if the system refuses a
    /// thread, if the process has too many loops, or if the function of `configure` panics.
    ///
    /// # Errors
    ///
    /// An error of the system, or one that has the text of another error.
    ///
    /// # Panics
    ///
    /// If the number of loops is 0, or the name has a zero byte.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let fleet = groundup::Fleet::builder().loops(1).try_build();
    /// assert_eq!(fleet.unwrap().loops(), 1);
    /// ```
    #[track_caller]
    pub fn try_build(self) -> io::Result<Fleet> {
        assert!(
            self.loops > 0,
            "a fleet of no loops would run no task: give it at least one"
        );
        assert!(
            !self.name.contains('\0'),
            "the name of a thread cannot contain a zero byte"
        );
        let home = Scheduler::current().map(|scheduler| scheduler.address());
        let core = FleetCore::new(self.loops, home);
        let starts = Arc::new(Starts::default());
        for number in 0..self.loops {
            if let Err(error) = self.start(&core, number, starts.begin()) {
                starts.wait();
                core.give_up();
                return Err(error);
            }
        }
        if let Some(why) = starts.wait() {
            core.give_up();
            let message = format!("a loop of the fleet could not start: {why}");
            return Err(io::Error::other(message));
        }
        let next = AtomicUsize::new(0);
        Ok(Fleet { core, next })
    }

    fn start(&self, core: &Arc<FleetCore>, number: usize, start: Start) -> io::Result<()> {
        let thread = thread::Builder::new().name(format!("{}-{number}", self.name));
        let counted = core.count(number);
        let (core, configure) = (core.clone(), self.configure.clone());
        thread.spawn(move || core.run_loop(number, &*configure, start))?;
        counted.hand_over();
        Ok(())
    }
}

impl fmt::Debug for FleetBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetBuilder")
            .field("loops", &self.loops)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
