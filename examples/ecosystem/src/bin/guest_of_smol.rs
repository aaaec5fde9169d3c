//! With the feature `smol`: the loop is a future in smol's executor.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_executor::LocalExecutor;
use async_io::Timer;
use groundup::host::{SmolHost, run_in};
use groundup::{gather, sleep, spawn};

fn main() {
    let (log, executor) = (Rc::new(RefCell::new(Vec::new())), LocalExecutor::new());
    let (theirs, ours) = (log.clone(), log.clone());
    // A task of smol.
    let beside = executor.spawn(async move {
        for n in 1..=2 {
            Timer::after(Duration::from_millis(20)).await;
            theirs.borrow_mut().push(format!("smol {n}"));
        }
    });
    // A loop of ours, as one more.
    let guest = executor.spawn(run_in(SmolHost::new(), async move {
        let copy = ours.clone();
        let naps = gather([
            spawn(async move {
                sleep(Duration::from_millis(30)).await;
                copy.borrow_mut()
                    .push("groundup, on its own timer".to_string());
            }),
            spawn(async move {
                Timer::after(Duration::from_millis(50)).await;
                ours.borrow_mut()
                    .push("groundup, on a timer of smol".to_string());
            }),
        ]);
        naps.await.map(|both| both.len())
    }));
    let done = async_io::block_on(executor.run(async {
        beside.await;
        guest.await
    }));
    log.borrow_mut().sort(); // a busy machine serves the timers in any order
    println!("{:?} tasks\n{}", done.unwrap_or(0), log.borrow().join("\n"));
}
