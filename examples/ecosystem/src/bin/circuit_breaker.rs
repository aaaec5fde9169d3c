//! A circuit breaker: three failures in a row, and it refuses calls.
//!
//! After a pause it lets one call through, on trial: its success closes the breaker, its failure keeps
//! it open. The breaker stays open during the trial, so a trial that its caller gives up has failed.

use std::{cell::Cell, time::Duration};

use anyhow::{Result, bail, ensure};
use groundup::{Instant, sleep, time};

const MOST_FAILURES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
enum State {
    /// Calls go through; so many have failed since the last success.
    Closed { failures: u32 },
    /// Calls are refused until that time; the first call after it is the trial.
    Open { until: Instant },
}

struct Breaker(Cell<State>);

impl Breaker {
    async fn call<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let failures = match self.0.get() {
            State::Closed { failures } => failures + 1,
            State::Open { until } if time() < until => bail!("refused"),
            State::Open { .. } => MOST_FAILURES,
        };
        let failed = |until| match failures < MOST_FAILURES {
            true => State::Closed { failures },
            false => State::Open { until },
        };
        self.0.set(failed(time() + PAUSE));
        let result = call.await;
        self.0.set(match result {
            Ok(_) => State::Closed { failures: 0 },
            Err(_) => failed(time() + PAUSE),
        });
        result
    }
}

#[groundup::main(virtual_time)]
async fn main() {
    let breaker = Breaker(Cell::new(State::Closed { failures: 0 }));
    for _ in 0..14 {
        let service = async {
            let repaired = time() > Instant::START + Duration::from_secs(8);
            sleep(Duration::from_millis(100)).await;
            ensure!(repaired, "service is down");
            Ok("ok".to_string())
        };
        let (now, result) = (time(), breaker.call(service).await);
        let result = result.unwrap_or_else(|error| error.to_string());
        println!("{now:6.1}  {result:16} {:?}", breaker.0.get());
        sleep(Duration::from_secs(1)).await;
    }
}
