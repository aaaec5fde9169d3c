//! Quiz: two reads of one reader at once.

use groundup::net::StreamReader;
use groundup::{join, run_virtual};

fn main() {
    run_virtual(async {
        let mut reader = StreamReader::new(&b"one\ntwo\n"[..]);
        let (one, two) = join((reader.readline(), reader.readline())).await;
        println!("{one:?} {two:?}");
    });
}
