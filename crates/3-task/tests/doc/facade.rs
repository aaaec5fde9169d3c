// The facade, for the doc examples of this floor. An example imports from `groundup`, which stands
// above this floor, and needs the entrances that floor 4 adds. So an example includes this file as
// a hidden module `groundup`. It re-exports the floor, and has small forms of those entrances.

#[allow(unused_imports)]
pub use groundup_task::*;

#[allow(unused_imports)]
pub mod lowlevel {
    pub use groundup_task::*;
}

/// Returns the loop that runs, as floor 4 does.
#[allow(dead_code)]
pub fn current_loop() -> std::rc::Rc<Scheduler> {
    Scheduler::current().expect("a loop runs")
}

#[allow(dead_code)]
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: std::future::Future + 'static,
{
    current_loop().spawn(future)
}

#[allow(dead_code)]
pub fn spawn_named<F>(name: &str, future: F) -> Task<F::Output>
where
    F: std::future::Future + 'static,
{
    current_loop().spawn_named(name, future)
}

#[allow(dead_code)]
pub fn call_soon(call: impl FnOnce() + 'static) -> Handle {
    current_loop().call_soon(call)
}

/// Runs `main` to its end and closes the loop. A panic of `main` goes on to the caller.
#[allow(dead_code)]
pub fn run<F>(main: F) -> F::Output
where
    F: std::future::Future + 'static,
{
    let scheduler = Scheduler::new().expect("fewer than 4093 loops are alive");
    let entered = scheduler.enter().expect("no other loop runs on this thread");
    let mut main = scheduler.spawn(main);
    while !main.done() {
        assert!(!scheduler.is_idle(), "deadlock");
        scheduler.run_round(&mut NoRoot);
        scheduler.flush_reports();
    }
    let result = main.take_result().expect("it is done");
    drop(entered);
    scheduler.close();
    match result {
        Ok(value) => value,
        Err(TaskError::Panicked(panic)) => std::panic::resume_unwind(panic.into_payload()),
        Err(error) => panic!("{error}"),
    }
}
