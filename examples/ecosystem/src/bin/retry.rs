//! Retries with exponential backoff, under one deadline for all attempts.
//!
//! The last error is not lost when the deadline ends the loop: the loop borrows the place where
//! it keeps it, and the caller reads it afterwards.

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use groundup::{sleep, time, timeout};

const LIMIT: Duration = Duration::from_secs(10);
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(2);

fn say(text: impl Display) {
    println!("{:6.1}  {text}", time());
}

/// Calls `attempt` until it succeeds or the limit is over.
async fn retry<T>(mut attempt: impl AsyncFnMut(u32) -> Result<T>) -> Result<T> {
    let mut last_error = None;
    let attempts = async {
        let (mut delay, mut number) = (FIRST_DELAY, 0);
        loop {
            number += 1;
            match attempt(number).await {
                Ok(value) => return value,
                Err(error) => {
                    say(format_args!("attempt {number}: {error}"));
                    last_error = Some(error);
                }
            }
            sleep(delay).await;
            delay = (2 * delay).min(LONGEST_DELAY);
        }
    };
    let ended = timeout(LIMIT, attempts).await;
    let none = || anyhow!("no attempt has ended");
    ended.map_err(|elapsed| last_error.unwrap_or_else(none).context(elapsed))
}

async fn flaky(number: u32) -> Result<&'static str> {
    sleep(Duration::from_millis(50)).await;
    ensure!(number >= 4, "connection refused");
    Ok("a page")
}

#[groundup::main(virtual_time)]
async fn main() -> Result<()> {
    say(retry(flaky).await?);
    let dead = async |_| Err::<(), _>(anyhow!("no route to host"));
    if let Err(error) = retry(dead).await {
        say(format_args!("{error:#}"));
    }
    Ok(())
}
