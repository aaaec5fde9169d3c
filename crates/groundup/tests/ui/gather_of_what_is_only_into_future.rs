//! The compiler asks for the future of a type that is only `IntoFuture`.

use std::future::{IntoFuture, Ready, ready};

use groundup::{ReturnWhen, gather, run, shield, wait};

struct Request;

impl IntoFuture for Request {
    type Output = u32;
    type IntoFuture = Ready<u32>;

    fn into_future(self) -> Ready<u32> {
        ready(5)
    }
}

fn main() {
    run(async {
        let _ = gather([Request]).await;
        let _ = wait([Request], ReturnWhen::AllCompleted).await;
        let _ = shield(Request).await;
        let _ = gather([Request.into_future()]).await; // this works
    });
}
