//! Generators that tasks await: at each yield the other task runs.

use groundup::generator::machine::Countdown;
use groundup::spawn_named;

pub async fn main() {
    let ann = spawn_named("ann", async { Countdown::new(3).await });
    let ben = spawn_named("ben", async { Countdown::new(1).await });
    println!("{} {}", ann.await.unwrap(), ben.await.unwrap());
}
