//! Arguments that are not several futures, tasks or streams.

use std::future::ready;

use std::time::Duration;

use groundup::{gather, interval, join, merge, race, race_ok, run, select, try_join, unordered, zip};

fn main() {
    run(async {
        // One future is not several: `(future,)` is a tuple of one.
        let _ = join(ready(1)).await;
        let _ = gather(ready(1)).await;
        let _ = select([ready(1)]).await;
        let _ = merge(5).next().await;
        let _ = zip("ab").next().await;

        // A member that is no future, and one that is no stream.
        let _ = join((ready(1), 5)).await;
        let _ = gather((ready(1), 5)).await;
        let _ = zip(([1, 2], [3, 4])).next().await;

        // Thirteen.
        let r = || ready(1);
        let _ = race((r(), r(), r(), r(), r(), r(), r(), r(), r(), r(), r(), r(), r())).await;

        // Outputs of two types.
        let _ = race((ready(1), ready("two"))).await;
        let _ = race_ok((ready(Ok::<u8, u8>(1)), ready(Ok::<u8, &str>(2)))).await;
        let _ = try_join((ready(Ok::<u8, u8>(1)), ready(Ok::<u8, &str>(2)))).await;
        let _ = merge((interval(Duration::MAX), unordered([ready(1)]))).next().await;

        // Outputs that are no `Result`.
        let _ = race_ok([ready(1)]).await;
        let _ = try_join((ready(1), ready(2))).await;
    });
}
