//! The rules of the protocol, each broken once.

use std::cell::RefCell;
use std::rc::Rc;

use groundup::generator::{Co, Coroutine, Exception, Signal, generator_with_input};

type Wire = Co<u32, Signal<u32, &'static str>>;
type Answer = Result<(), Exception<&'static str>>;

async fn stubborn(co: Wire) -> Answer {
    loop {
        let _swallowed = co.try_yield(1).await; // GeneratorExit, too
    }
}

pub fn main() {
    let new = || Coroutine::new(generator_with_input(stubborn));
    println!("send first     {}", new().send(7).unwrap_err());

    let shop = new();
    let _ = shop.next().unwrap();
    println!("yield in close {}", shop.close().unwrap_err());

    let over = new();
    over.close().unwrap(); // never started: nothing to clean up
    println!("after the end  {}", over.next().unwrap_err());

    // A generator that resumes itself.
    let slot = Rc::new(RefCell::new(None::<Rc<dyn Fn() -> String>>));
    let inside = slot.clone();
    let own = Rc::new(Coroutine::new(generator_with_input(|_: Wire| async move {
        let again = inside.borrow().clone().unwrap();
        println!("from inside    {}", again());
        Answer::Ok(())
    })));
    let handle = own.clone();
    *slot.borrow_mut() = Some(Rc::new(move || handle.next().unwrap_err().to_string()));
    let _ = own.next().unwrap();
    slot.take();
}
