//! Quiz: when does a generator print?

use groundup::generator::Generator;
use groundup::generator::machine::Squares;

pub fn main() {
    let mut squares = Squares::new([3, 4], |line: &str| println!("{line}"));
    println!("made");
    let _ = squares.resume(());
    println!("resumed");
}
