//! A debounce: a search starts when the keys have been quiet for a while.
//!
//! A timeout around the receiver is the whole trick: a key that comes in time begins the wait
//! anew, and a receive that is cancelled takes no message.

use std::time::Duration;

use async_channel::{Receiver, unbounded};
use groundup::{sleep, spawn, time, timeout};

const QUIET: Duration = Duration::from_millis(300);

/// Passes on the last of each burst of values.
async fn debounce<T>(values: Receiver<T>, quiet: Duration, mut act: impl FnMut(T)) {
    while let Ok(mut latest) = values.recv().await {
        while let Ok(Ok(newer)) = timeout(quiet, values.recv()).await {
            latest = newer;
        }
        act(latest);
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let (keys, typed) = unbounded();
    let search = |text: String| {
        println!(
            "{:4} ms  search for {text:?}",
            time().since_start().as_millis()
        )
    };
    let searches = spawn(debounce(typed, QUIET, search));
    let mut text = String::new();
    for (pause, key) in [
        (0, 'r'),
        (120, 'u'),
        (299, 's'),
        (301, 't'),
        (80, 'y'),
        (900, '!'),
    ] {
        sleep(Duration::from_millis(pause)).await;
        text.push(key);
        println!("{:4} ms  {text}", time().since_start().as_millis());
        keys.send(text.clone()).await?;
    }
    drop(keys);
    searches.await?;
    Ok(())
}
