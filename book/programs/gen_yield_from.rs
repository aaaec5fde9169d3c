//! `yield from`: a function with pauses calls another one.

use groundup::generator::{Co, Generator, Step, generator};

async fn square(co: &Co<()>, x: i64) -> i64 {
    co.yield_(()).await;
    println!("Computing square of {x}");
    x * x
}

pub fn main() {
    let mut sum = generator(|co: Co<()>| async move {
        let mut result = 0;
        for n in [3, 4] {
            let n2 = square(&co, n).await; // n2 = yield from square(n)
            result += n2;
        }
        result
    });
    loop {
        match sum.resume(()) {
            Step::Yield(()) => println!("a pause"),
            Step::Return(result) => break println!("returned {result}"),
        }
    }
}
