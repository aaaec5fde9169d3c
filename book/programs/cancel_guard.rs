//! The same guests, with a value whose drop gives the seat back.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use groundup::{gather, sleep, spawn_named};
use groundup_testkit::{Case, cancel_everywhere};

/// One seat that is taken; its drop frees it.
struct Seat(Rc<Cell<u32>>);

impl Seat {
    fn take(seats: Rc<Cell<u32>>) -> Seat {
        seats.set(seats.get() - 1);
        Seat(seats)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

async fn visit(seats: Rc<Cell<u32>>) {
    let _seat = Seat::take(seats);
    sleep(Duration::from_secs(1)).await;
}

pub fn main() {
    let report = cancel_everywhere(|| {
        let seats = Rc::new(Cell::new(2));
        let (free, after_close) = (seats.clone(), seats.clone());
        let visits = async move {
            let guests = ["Anna", "Bela"];
            gather(guests.map(|name| spawn_named(name, visit(seats.clone())))).await
        };
        Case::new(visits)
            .law(move || free.get() == 2)
            .law_after_close(move || after_close.get() == 2)
    });
    println!("{report}");
}
