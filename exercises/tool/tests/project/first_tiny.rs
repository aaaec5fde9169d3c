//! A first version, whose functions are private.

fn triple(a: u32) -> u32 {
    a + a + a
}

fn main() {
    println!("{}", triple(1));
}
