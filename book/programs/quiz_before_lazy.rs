//! Quiz: three futures are made, and one is polled.

use std::pin::pin;
use std::task::{Context, Waker};

async fn say(word: &str) {
    println!("{word}");
}

pub fn main() {
    let _first = say("first");
    let mut second = pin!(say("second"));
    drop(say("third"));
    println!("made");
    let mut context = Context::from_waker(Waker::noop());
    let _ready = second.as_mut().poll(&mut context);
}
