//! Two guests count the free seats by hand, and are cancelled everywhere.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use groundup::{gather, sleep, spawn_named};
use groundup_testkit::{Case, cancel_everywhere};

async fn visit(seats: Rc<Cell<u32>>) {
    seats.set(seats.get() - 1);
    sleep(Duration::from_secs(1)).await;
    seats.set(seats.get() + 1);
}

pub fn main() {
    let report = cancel_everywhere(|| {
        let seats = Rc::new(Cell::new(2));
        let free = seats.clone();
        let visits = async move {
            let guests = ["Anna", "Bela"];
            gather(guests.map(|name| spawn_named(name, visit(seats.clone())))).await
        };
        Case::new(visits).law(move || free.get() == 2)
    });
    println!("{report}");
}
