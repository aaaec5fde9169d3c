//! Two deadlines: one is moved, and one is around it.

use std::time::Duration;

use groundup::{Deadline, sleep, time, timeout};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let deadline = Deadline::after(2 * SECOND);
    let inside = deadline.clone();
    let download = deadline.run(async move {
        sleep(SECOND).await;
        println!("{}  half of it is here: five seconds more", time());
        inside.reschedule(Some(time() + 5 * SECOND)).unwrap();
        sleep(4 * SECOND).await;
        println!("{}  all of it is here", time());
    });
    let ended = download.await;
    println!("{}  {ended:?}", time());

    let inner = timeout(3 * SECOND, sleep(60 * SECOND));
    let outer = timeout(3 * SECOND, inner).await;
    println!("{}  {outer:?}", time());
}
