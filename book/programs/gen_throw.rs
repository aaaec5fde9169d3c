//! `throw`: an error goes in at the `yield` that waits.

use groundup::generator::{Co, Coroutine, Exception, Signal, generator_with_input};

type Oven = Co<u32, Signal<(), &'static str>>;

pub fn main() {
    let oven = Coroutine::new(generator_with_input(|co: Oven| async move {
        for minute in 1.. {
            match co.try_yield(minute).await {
                Err(Exception::Error("door opened")) => println!("closes the door"),
                other => {
                    other?;
                }
            }
        }
        Ok(())
    }));
    println!("{:?}", oven.next());
    println!("{:?}", oven.throw("door opened"));
    println!("{:?}", oven.throw("fire"));
    println!("{:?}", oven.next());
}
