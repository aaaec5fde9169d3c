//! Retries with exponential backoff, under one deadline for all attempts.
//!
//! The last error is not lost when the deadline ends the loop: the loop borrows the place where
//! it keeps it, and the caller reads it afterwards.

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use groundup::{sleep, time, timeout};

const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(2);

fn say(text: impl Display) {
    println!("{:6.1}  {text}", time());
}

/// Calls `attempt` until it succeeds or `limit` is over.
async fn retry<T>(
    limit: Duration,
    mut attempt: impl AsyncFnMut(u32) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut last_error = None;
    let attempts = async {
        let mut delay = FIRST_DELAY;
        let mut number = 0;
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
    match timeout(limit, attempts).await {
        Ok(value) => Ok(value),
        Err(elapsed) => {
            Err(last_error.unwrap_or_else(|| anyhow!("no attempt has ended"))).context(elapsed)
        }
    }
}

async fn flaky(number: u32) -> anyhow::Result<&'static str> {
    sleep(Duration::from_millis(50)).await;
    if number < 4 {
        bail!("connection refused");
    }
    Ok("a page")
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let limit = Duration::from_secs(10);
    let page = retry(limit, flaky).await?;
    say(page);
    let dead = retry(limit, async |_| -> anyhow::Result<()> {
        bail!("no route to host")
    })
    .await;
    if let Err(error) = dead {
        say(format_args!("{error:#}"));
    }
    Ok(())
}
