//! A hundred generators wait for one, and ask in every round.

use std::cell::Cell;

use groundup::generator::machine::Countdown;
use groundup::generator::{Co, Generator, generator};
use groundup::interweave::drain;

pub fn main() {
    let (finished, asked) = (Cell::new(false), Cell::new(0));
    let (finished, asked) = (&finished, &asked);
    let worker = generator(move |co: Co<u32>| async move {
        co.yield_from(Countdown::new(1_000)).await;
        finished.set(true);
    });
    let waiter = || {
        generator(move |co: Co<u32>| async move {
            while !finished.get() {
                asked.set(asked.get() + 1); // "is it ready?" "not yet"
                co.yield_(0).await;
            }
        })
    };
    let mut all: Vec<Box<dyn Generator<Resume = (), Yield = u32, Return = ()> + '_>> =
        vec![Box::new(worker)];
    all.extend((0..100).map(|_| Box::new(waiter()) as Box<_>));
    drain(all);
    println!("{} questions, and 100 useful answers", asked.get());
}
