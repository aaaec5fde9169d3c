//! Three sleeps, one after the other

use std::time::Duration;

use groundup::sleep;

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let soup = sleep(3 * SECOND);
    let rice = sleep(2 * SECOND);
    let salad = sleep(SECOND);
    rice.await;
    salad.await;
    soup.await;
}
