//! A circuit breaker: three failures in a row, and it refuses calls.
//!
//! After a pause it lets one call through, on trial: its success closes the breaker, its failure
//! keeps it open. A trial that its caller gives up counts as a failure, because the breaker stays
//! open during the trial.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{bail, ensure};
use groundup::{Instant, sleep, time};

#[derive(Clone, Copy, Debug)]
enum State {
    /// Calls go through; so many have failed since the last success.
    Closed { failures: u32 },
    /// Calls are refused until that time; the first call after it is the trial.
    Open { until: Instant },
}

struct Breaker {
    state: Cell<State>,
    most_failures: u32,
    pause: Duration,
}

impl Breaker {
    async fn call<T>(&self, call: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let failures = match self.state.get() {
            State::Closed { failures } => failures + 1,
            State::Open { until } if time() < until => bail!("refused"),
            State::Open { .. } => self.most_failures,
        };
        let failed = || match failures < self.most_failures {
            true => State::Closed { failures },
            false => State::Open {
                until: time() + self.pause,
            },
        };
        self.state.set(failed());
        let result = call.await;
        self.state.set(match result {
            Ok(_) => State::Closed { failures: 0 },
            Err(_) => failed(),
        });
        result
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let second = Duration::from_secs(1);
    let (state, pause) = (Cell::new(State::Closed { failures: 0 }), 5 * second);
    let breaker = Breaker {
        state,
        most_failures: 3,
        pause,
    };
    for _ in 0..14 {
        let service = async {
            let repaired = time() > Instant::START + 8 * second;
            sleep(second / 10).await;
            ensure!(repaired, "service is down");
            Ok("ok".to_string())
        };
        let now = time();
        let result = breaker.call(service).await;
        let result = result.unwrap_or_else(|error| error.to_string());
        println!("{now:6.1}  {result:16} {:?}", breaker.state.get());
        sleep(second).await;
    }
    Ok(())
}
