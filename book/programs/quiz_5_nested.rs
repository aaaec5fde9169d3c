//! Two deadlines at one instant.

use std::time::Duration;

use groundup::{sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let inner = timeout(2 * SECOND, sleep(9 * SECOND));
    match timeout(2 * SECOND, inner).await {
        Err(_) => println!("the outer"),
        Ok(Err(_)) => println!("the inner"),
        Ok(Ok(())) => println!("none"),
    }
}
