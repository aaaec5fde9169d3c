//! A waiter is cancelled in the iteration in which it was given the lock.

use std::rc::Rc;

use groundup::{Lock, spawn_named, yield_now};

pub async fn main() {
    let lock = Rc::new(Lock::new().named("lock"));
    let held = lock.acquire().await;
    let wait = |name: &'static str| {
        let lock = lock.clone();
        spawn_named(name, async move {
            let _guard = lock.acquire().await;
            println!("{name} is inside");
        })
    };
    let (b, c) = (wait("b"), wait("c"));
    yield_now().await;
    println!("both wait:           {lock:?}");

    drop(held); // the token goes to b ..
    println!("released:            {lock:?}");
    b.cancel(); // .. which will not use it
    println!("b: {}", b.await.unwrap_err());
    c.await.unwrap();
    println!("all have ended:      {lock:?}");
}
