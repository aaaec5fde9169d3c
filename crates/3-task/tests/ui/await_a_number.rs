//! There is no bad yield: only futures can be awaited (K10).
async fn bad() {
    5.await;
}

fn main() {}
