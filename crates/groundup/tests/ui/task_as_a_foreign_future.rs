//! A combinator of another crate takes a task as its `Join`.

use groundup::{run, spawn};

async fn foreign<F: Future>(future: F) -> F::Output {
    future.await
}

fn main() {
    run(async {
        let _ = foreign(spawn(async { 5 })).await;
        let _ = foreign(spawn(async { 5 }).join()).await; // this works
    });
}
