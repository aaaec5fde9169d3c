//! The four pages in pairs, each pair with `gather`.

use std::time::Duration;

use groundup::{gather, sleep};

pub async fn main() {
    for pair in [[3, 1], [1, 2]] {
        let pages = pair.map(|seconds| sleep(Duration::from_secs(seconds)));
        gather(pages).await.expect("no sleep panics");
    }
}
