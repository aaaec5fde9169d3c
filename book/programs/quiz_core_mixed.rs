//! Five tasks sleep for a second; two of them block while they do.

use std::time::Duration;

use groundup::{block, gather, sleep};

const SECOND: Duration = Duration::from_secs(1);

async fn nap(blocks: bool) {
    match blocks {
        true => block(SECOND),
        false => sleep(SECOND).await,
    }
}

pub async fn main() {
    let naps = [false, true, false, true, false].map(nap);
    gather(naps).await.unwrap();
}
