//! S05: a reader has one reader at a time.

use groundup::net::StreamReader;

async fn twice(mut reader: StreamReader) {
    let (one, two) = (reader.readline(), reader.readline());
    println!("{:?} {:?}", one.await, two.await);
}

fn main() {
    let _ = twice;
}
