//! Floor 2: the notebook's last listings, async functions in a deque.
//!
//! Read next: `rounds.rs`.

use groundup_interweave::drain;
use groundup_interweave::generator::{AsyncGenerator, Stepped, generator, run};

// @types.coroutine: a generator that an `async fn` may await.
fn square(x: i64) -> AsyncGenerator<impl Future<Output = i64>, ()> {
    generator(move |co| async move {
        co.yield_(()).await;
        println!("square {x}");
        x * x
    })
}

async fn sum_of_squares(x: i64, y: i64) -> i64 {
    square(x).await + square(y).await
}

async fn print_sum_of_squares(x: i64, y: i64) {
    println!("{}", sum_of_squares(x, y).await);
}

fn display(values: &'static str) -> AsyncGenerator<impl Future<Output = ()>, ()> {
    generator(move |co| async move {
        for value in values.chars() {
            println!("{value}");
            co.yield_(()).await;
        }
    })
}

async fn display2(values1: &'static str, values2: &'static str) {
    display(values1).await;
    display(values2).await;
}

fn main() {
    // Each comment quotes a line of the notebook. Its last `interweave` drops the values, as `drain`.
    // interweave([print_sum_of_squares(3, 4), print_sum_of_squares(30, 40)])
    drain([(3, 4), (30, 40)].map(|(x, y)| Stepped::new(print_sum_of_squares(x, y))));

    // run(display2("ABC", "123"))
    run(Stepped::new(display2("ABC", "123")));

    // interweave([display("ABC"), display("123")])
    drain(["ABC", "123"].map(display));
}
