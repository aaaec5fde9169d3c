//! A time limit around a whole download

use std::time::Duration;

use groundup::{spawn_named, timeout};

use super::styles_async::wget;
use super::styles_site::{HOSTS, say};

async fn limited(host: &'static str) {
    let page = timeout(Duration::from_secs(2), wget(host)).await;
    say(host, &format!("{page:?}"));
}

pub async fn main() {
    for task in HOSTS.map(|host| spawn_named(host, limited(host))) {
        task.await.unwrap();
    }
}
