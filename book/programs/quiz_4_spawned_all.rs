//! All three sleeps are tasks

use std::time::Duration;

use groundup::{sleep, spawn};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let soup = spawn(sleep(3 * SECOND));
    let rice = spawn(sleep(2 * SECOND));
    let salad = spawn(sleep(SECOND));
    rice.await.unwrap();
    salad.await.unwrap();
    soup.await.unwrap();
}
