//! The list of the functions that workers may run.
//!
//! The problem: a worker is another process. It has the same functions as the program, but no
//! closure with its values. So a job is a function by its type, which has no size: both processes
//! have it, and only its name and its arguments are sent.
//!
//! ```text
//!   process_job(fib)   ->  name "program::fib", identity of the type of `fib`,
//!                          a closure: bytes -> arguments -> fib -> bytes
//!   run_in_process(&pool, fib, ..)  looks the type of `fib` up, and sends the name
//! ```
//!
//! Invariants:
//! 1. A name stands once in a list.
//! 2. The program and its workers have the same list, since they are the same executable and the list
//!    is made in the first line of `main`.
//!
//! Read next: `processes/frame.rs`.

use std::any::{TypeId, type_name};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use groundup_combinators::task::{Panic, drop_told};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ProcessError;
use super::frame::{ARGUMENTS, RESULT, Reply};

/// Reads the arguments of a function, calls it, and writes its result.
type RunBytes = dyn Fn(&[u8]) -> Reply + Send + Sync;

/// A function that workers may run, made by [`process_job`](crate::process_job).
#[derive(Clone)]
pub struct ProcessJob {
    name: &'static str,
    function: TypeId,
    run: Arc<RunBytes>,
}

/// Makes an entry of the list of [`serve_jobs`](crate::serve_jobs) of a function.
///
/// The function has one argument, which may be a tuple. The argument and the result are sent through
/// [serde](https://docs.rs/serde) and [postcard](https://docs.rs/postcard). A closure without
/// captured values is a function, too. A closure with values, or a function pointer, does not compile.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; }
/// use groundup::{process_job, serve_jobs};
///
/// fn area((width, height): (u32, u32)) -> u32 {
///     width * height
/// }
///
/// fn main() {
///     serve_jobs(&[process_job(area)]);
/// }
/// ```
///
/// ```compile_fail
/// # mod groundup { pub use groundup_sync::*; }
/// let factor = 3;
/// groundup::process_job(move |n: u32| n * factor); // the worker has no `factor`
/// ```
pub fn process_job<F, A, R>(function: F) -> ProcessJob
where
    F: Fn(A) -> R + Send + Sync + 'static,
    A: DeserializeOwned,
    R: Serialize,
{
    const {
        assert!(
            size_of::<F>() == 0,
            "a worker does not have the values of a closure: pass a function, and the values as \
             its argument"
        );
    }
    let run = move |bytes: &[u8]| match postcard::take_from_bytes::<A>(bytes) {
        Ok((arguments, [])) => call(&function, arguments),
        Ok(_) => Reply::Unreadable(ARGUMENTS, "bytes are left".into()),
        Err(error) => Reply::Unreadable(ARGUMENTS, error.to_string()),
    };
    ProcessJob {
        name: type_name::<F>(),
        function: TypeId::of::<F>(),
        run: Arc::new(run),
    }
}

/// Calls a function under a catch, and writes its result.
fn call<A, R: Serialize>(function: &impl Fn(A) -> R, arguments: A) -> Reply {
    let work = AssertUnwindSafe(|| postcard::to_allocvec(&function(arguments)));
    match catch_unwind(work) {
        Ok(Ok(bytes)) => Reply::Value(bytes),
        Ok(Err(error)) => Reply::Unreadable(RESULT, error.to_string()),
        Err(payload) => {
            let panic = Panic::new(payload);
            let message = panic.message().to_string();
            drop_told(panic);
            Reply::Panicked(message, super::serve::take_place())
        }
    }
}

impl ProcessJob {
    /// Returns the name of the function, with its path: `program::fib`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// fn fib(n: u64) -> u64 {
    ///     if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    /// }
    /// assert!(groundup::process_job(fib).name().ends_with("::fib"));
    /// ```
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the function in this process.
    pub(super) fn run(&self, arguments: &[u8]) -> Reply {
        (self.run)(arguments)
    }
}

impl fmt::Debug for ProcessJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProcessJob").field(&self.name).finish()
    }
}

/// The names and types of the list of this process, once `serve_jobs` was called.
static LISTED: OnceLock<Vec<(&'static str, TypeId)>> = OnceLock::new();

/// Stores the list of this process.
///
/// # Panics
///
/// If a name stands twice in the list, or if another list was stored.
pub(super) fn list(jobs: &[ProcessJob]) {
    for (at, job) in jobs.iter().enumerate() {
        assert!(
            jobs[..at].iter().all(|before| before.name != job.name),
            "serve_jobs: {} is listed twice: list each function once, and give closures names by \
             making them functions",
            job.name
        );
    }
    let names: Vec<_> = jobs.iter().map(|job| (job.name, job.function)).collect();
    let listed = LISTED.get_or_init(|| names.clone());
    assert!(
        *listed == names,
        "serve_jobs was called with another list before: call it once, in the first line of main"
    );
}

/// Returns true if the list of this process was stored.
pub(super) fn is_listed() -> bool {
    LISTED.get().is_some()
}

/// Returns the name of a function that is in the list.
pub(super) fn find<F: 'static>() -> Result<&'static str, ProcessError> {
    let (job, function) = (type_name::<F>(), TypeId::of::<F>());
    let listed = LISTED.get().into_iter().flatten();
    let mut found = listed.filter(|(_, listed)| *listed == function);
    let found = found.next().map(|(name, _)| *name);
    found.ok_or(ProcessError::NotListed { job })
}
