//! Floor 6: four calls that block for 0.2 s take 0.2 s on threads.
//!
//! Its chapter: `crates/6-sync/src/lib.rs`.

use std::error::Error;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use groundup::{JobError, ThreadPool, gather, race, run, run_in_executor, to_thread, yield_now};

const PAUSE: Duration = Duration::from_millis(200);

/// A call that knows no futures, such as a query of a database.
fn query(n: u32) -> u32 {
    thread::sleep(PAUSE);
    n * n
}

fn main() -> Result<(), Box<dyn Error>> {
    run(async {
        let begun = Instant::now();
        let jobs = gather((1..=4).map(|n| to_thread(move || query(n))));
        let mut rounds = 0;
        let spin = async {
            loop {
                yield_now().await;
                rounds += 1;
            }
        };
        let answers = race((async { jobs.await }, spin)).await?;
        let answers: Vec<u32> = answers.into_iter().collect::<Result<_, _>>()?;
        let at_once = begun.elapsed() < 3 * PAUSE;
        println!("{answers:?}");
        println!("one after another: at least {:?}", 4 * PAUSE);
        println!("on threads: less than {:?}: {at_once}", 3 * PAUSE);
        println!("the loop went on meanwhile: {}", rounds > 100);

        // A pool of the program's own: at most one thread, with a name.
        let disk = ThreadPool::builder().threads(1).name("disk").build();
        let name = run_in_executor(&disk, || thread::current().name().map(String::from));
        println!("on thread {}", name.await?.unwrap_or_default());

        // A shutdown waits for a limit, and then names the job that runs.
        let (begin, begun) = channel();
        let slow = run_in_executor(&disk, move || {
            let _ = begin.send(()); // the receiver waits for it
            query(5)
        });
        to_thread(move || begun.recv()).await??;
        let error = disk.join(Duration::from_millis(1)).await.unwrap_err();
        println!(
            "still running: {} on {}",
            error.jobs.len(),
            error.jobs[0].thread
        );
        println!("and then: {}", slow.await?);
        let late: Result<(), JobError> = run_in_executor(&disk, || ()).await;
        println!("{}", late.unwrap_err());
        Ok(())
    })
}
