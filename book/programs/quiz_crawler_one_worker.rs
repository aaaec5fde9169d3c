//! The four pages, one after the other.

use std::time::Duration;

use groundup::sleep;

pub async fn main() {
    for seconds in [3, 1, 1, 2] {
        sleep(Duration::from_secs(seconds)).await;
    }
}
