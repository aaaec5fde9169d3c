//! `send`: a value goes in at the `yield` that waits.

use groundup::generator::{Co, Generator, generator_with_input};

pub fn main() {
    let mut mean = generator_with_input(|co: Co<Option<f64>, Option<f64>>| async move {
        let (mut total, mut count, mut mean) = (0.0, 0, None);
        while let Some(x) = co.yield_(mean).await {
            total += x;
            count += 1;
            mean = Some(total / f64::from(count));
        }
        count
    });
    println!("{:?}", mean.next()); // to the first yield
    println!("{:?}", mean.resume(Some(3.0)));
    println!("{:?}", mean.resume(Some(4.0)));
    println!("{:?}", mean.next()); // nothing is sent: the end
}
