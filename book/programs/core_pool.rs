//! Jobs on the two threads of a pool: they begin early, and end in turn.

use groundup::{ThreadPool, gather, iteration, run_in_executor};

/// Counts the primes below a number; knows no future, and never awaits.
fn primes(below: u32) -> usize {
    (2..below)
        .filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0))
        .count()
}

pub async fn main() {
    let pool = ThreadPool::builder().threads(2).name("primes").build();
    let jobs = [20_000, 200, 2_000].map(|below| {
        let job = run_in_executor(&pool, move || primes(below));
        async move {
            let found = job.await.unwrap();
            println!("iteration {}: {found} primes below {below}", iteration());
        }
    });
    gather(jobs).await.unwrap();
}
