//! Floor 6: four blocking jobs of 0.2 s take 0.2 s in processes.
//!
//! Its chapter: `crates/6-sync/src/lib.rs`.

use std::process::abort;
use std::thread;
use std::time::{Duration, Instant};

use groundup::{ProcessPool, gather, process_job, run, run_in_process, serve_jobs};

const PAUSE: Duration = Duration::from_millis(200);

/// A call that blocks, and that may also end its process.
fn query(n: u32) -> u32 {
    if n == 13 {
        abort();
    }
    thread::sleep(PAUSE);
    n * n
}

/// Returns the number of its process.
fn process(_: ()) -> u32 {
    std::process::id()
}

fn not_listed(n: u32) -> u32 {
    n
}

fn main() {
    // Each worker is this program once more. In a worker, this line does not return.
    serve_jobs(&[process_job(query), process_job(process)]);

    run(async {
        let pool = ProcessPool::new(4).unwrap();
        // The first jobs start the workers, which takes a few milliseconds.
        let warm = gather((0..4).map(|_| run_in_process(&pool, query, 0)));
        warm.await.unwrap();

        let begun = Instant::now();
        let jobs = gather((1..=4).map(|n| run_in_process(&pool, query, n)));
        let answers: Vec<u32> = jobs
            .await
            .unwrap()
            .into_iter()
            .map(Result::unwrap)
            .collect();
        println!("{answers:?}");
        println!("one after another: at least {:?}", 4 * PAUSE);
        println!(
            "in processes: less than {:?}: {}",
            3 * PAUSE,
            begun.elapsed() < 3 * PAUSE
        );
        let own = std::process::id();
        let other = run_in_process(&pool, process, ()).await.unwrap();
        println!("in another process: {}", other != own);

        // A worker dies, and harms nothing but its job. The next job gets a new one.
        println!("{}", run_in_process(&pool, query, 13).await.unwrap_err());
        println!(
            "and then: {}",
            run_in_process(&pool, query, 5).await.unwrap()
        );
        println!(
            "{}",
            run_in_process(&pool, not_listed, 1).await.unwrap_err()
        );

        pool.join(Duration::from_secs(10)).await.unwrap();
        println!("processes left: {}", pool.workers().len());
    });
}
