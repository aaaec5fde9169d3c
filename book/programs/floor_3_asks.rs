//! Customers who wait, asked again in every round

use std::cell::Cell;
use std::rc::Rc;

use groundup::generator::{Co, generator};
use groundup::interweave::run_to_end;

/// Runs a bakery of floor 2, and returns how often a customer asked for the bread.
fn asked(customers: usize, minutes: u32) -> usize {
    let (bread, asked) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let person = |number: usize| {
        let (bread, asked) = (bread.clone(), asked.clone());
        generator(move |co: Co<()>| async move {
            if number == 0 {
                for _ in 0..minutes {
                    co.yield_(()).await; // bakes
                }
                bread.set(true);
            } else {
                while !bread.get() {
                    asked.set(asked.get() + 1);
                    co.yield_(()).await; // "not yet"
                }
            }
        })
    };
    run_to_end((0..=customers).map(person));
    asked.get()
}

pub fn main() {
    for (customers, minutes) in [(3, 4), (10, 100), (1000, 100)] {
        let asked = asked(customers, minutes);
        println!("{customers} customers, {minutes} minutes: \"not yet\" {asked} times");
    }
}
