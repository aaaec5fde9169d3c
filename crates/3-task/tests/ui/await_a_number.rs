//! K10: there is no bad yield, since only futures can be awaited.
async fn bad() {
    5.await;
}

fn main() {}
