//! Quiz: an error is thrown into a generator that never started.

use groundup::generator::machine::Echo;
use groundup::generator::{Coroutine, Exception};

pub fn main() {
    let echo = Coroutine::new(Echo::<u32, &str>::new());
    let thrown = echo.throw("spam") == Err(Exception::Error("spam"));
    println!("{thrown}, {:?}", echo.life());
}
