//! With `async-stream`: a stream with `yield`, read in three ways.
//!
//! Any `Stream` goes: with the adapters of `futures-lite`, beside others in `merge`, and with its
//! items run in tasks, two at a time, by `buffered`.

use std::pin::pin;
use std::time::Duration;

use async_stream::stream;
use futures::Stream;
use futures_lite::StreamExt;
use groundup::{buffered, merge, sleep, time};

/// Returns the numbers from 1 to `most`, one each `period`.
fn ticks(period: Duration, most: u32) -> impl Stream<Item = u32> {
    stream! {
        for tick in 1..=most {
            sleep(period).await;
            yield tick;
        }
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let second = Duration::from_secs(1);
    let mut even = pin!(ticks(second, 6).filter(|tick| tick % 2 == 0));
    while let Some(tick) = even.next().await {
        println!("{:4}  tick {tick}", time());
    }

    let mut both = merge([ticks(2 * second, 3), ticks(3 * second, 2)]);
    while let Some(tick) = both.next().await {
        println!("{:4}  one of two: {tick:?}", time());
    }

    let naps = ticks(second, 4).map(|tick| async move {
        sleep(Duration::from_secs(5 - u64::from(tick))).await;
        tick
    });
    let mut naps = buffered(naps, 2);
    while let Some(tick) = naps.next().await {
        println!("{:4}  nap of tick {}", time(), tick?);
    }
    Ok(())
}
