//! Quiz: a replay answers questions.

use groundup::trace::{Choice, Chooser, Replay};

pub fn main() {
    let mut replay = Replay::new([1, 9, 0]);
    let answers: Vec<usize> = (0..5).map(|_| replay.choose(Choice::Ready, 3)).collect();
    println!("{answers:?}");
}
