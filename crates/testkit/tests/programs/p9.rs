//! P9 of the source: waits with a timeout, and any element.
//!
//! Read next: `../it/sources.rs`.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use groundup::{ReturnWhen, Task, WaitSet, iteration, sleep, time, wait};
use groundup_testkit::pick;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

type Coroutine = Pin<Box<dyn Future<Output = &'static str>>>;

fn a() -> Coroutine {
    b("a", 3_000)
}

fn b(name: &'static str, milliseconds: u64) -> Coroutine {
    Box::pin(async move {
        sleep(ms(milliseconds)).await;
        name
    })
}

/// Returns the number of waits, and the milliseconds that passed.
pub(crate) async fn p9() -> (u32, u128) {
    p9_seen(|_, _| ()).await
}

/// Calls `seen` after each wait, with the time in milliseconds and the tasks that are done.
pub(crate) async fn p9_seen(mut seen: impl FnMut(u128, &mut [Task<&'static str>])) -> (u32, u128) {
    let b = |name| b(name, 1_000);
    let (began, mut waits) = (time(), 0);
    let mut done = Vec::new();
    let mut pending: WaitSet<_> = [a(), b("b1"), b("b2")].into_iter().collect();
    let mut extras = vec![a(), b("b3"), b("b4")];
    while !pending.is_empty() {
        let mut just_done;
        let all = wait(pending, ReturnWhen::AllCompleted).timeout(ms(200));
        (just_done, pending) = all.await;
        waits += 1;
        seen((time() - began).as_millis(), &mut just_done);
        done.extend(just_done);
        if !extras.is_empty() {
            pending.add(extras.remove(pick(extras.len())));
        }
    }
    assert!(iteration() > 0 && done.len() == 6);
    (waits, (time() - began).as_millis())
}
