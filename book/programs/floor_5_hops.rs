//! Counts iterations from the end of a child to the waiter's step.

use std::cell::Cell;
use std::rc::Rc;

use groundup::{
    ReturnWhen, TaskGroup, gather, iteration, join, spawn, task_group, wait, yield_now,
};

type End = Rc<Cell<u64>>;

/// Suspends once, and then writes down the iteration in which it ends.
async fn child(end: End) {
    yield_now().await;
    end.set(iteration());
}

async fn hops(tool: &str, waiter: impl AsyncFnOnce(End)) {
    let end = End::default();
    waiter(end.clone()).await;
    println!("{tool:<11} {}", iteration() - end.get());
}

pub async fn main() {
    hops("join", async |end| drop(join([child(end)]).await)).await;
    hops("a task", async |end| drop(spawn(child(end)).await)).await;
    hops("gather", async |end| drop(gather([child(end)]).await)).await;
    hops("wait", async |end| {
        drop(wait([child(end)], ReturnWhen::AllCompleted).await)
    })
    .await;
    hops("task_group", async |end| {
        let body = async |group: TaskGroup<()>| {
            group.spawn_infallible(child(end));
            Ok(())
        };
        task_group(body).await.unwrap()
    })
    .await;
}
