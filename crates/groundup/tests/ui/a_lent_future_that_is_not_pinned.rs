//! Lent futures that are not `Unpin`: the note says to pin them.

use std::time::Duration;

use groundup::{join, race, run, select, sleep};

async fn stop() {}

fn main() {
    run(async {
        let mut signal = stop();
        let _ = select((&mut signal, sleep(Duration::MAX))).await;
        let _ = race((&mut signal, stop())).await;
        let _ = join((&mut signal, stop())).await;
    });
}
