//! Floor 2: a chooser orders a round, in which each generator steps once.
//!
//! Its chapter: `crates/2-interweave/src/lib.rs`.

use groundup::generator::{Co, generator};
use groundup::interweave::{Interweave, interweave};
use groundup::trace::{Chooser, Fifo, Recording, Replay, Seeded};

fn braid<C: Chooser>(chooser: C) -> String {
    let strand = |name: char| {
        generator(move |co: Co<char>| async move {
            for _ in 0..4 {
                co.yield_(name).await;
            }
        })
    };
    let strands: Interweave<_, C> = interweave(['a', 'b', 'c'].map(strand)).order_by(chooser);
    let letters: Vec<char> = strands.collect();
    let rounds = letters.chunks(3).map(|round| round.iter().collect());
    rounds.collect::<Vec<String>>().join(" ")
}

fn main() {
    println!("first in, first out  {}", braid(Fifo));
    for seed in 1..4 {
        println!("seed {seed}               {}", braid(Seeded::new(seed)));
    }
    let recording = Recording::new(Seeded::new(3));
    braid(recording.clone());
    println!("seed 3 chose         {:?}", recording.choices());
    println!(
        "replayed             {}",
        braid(Replay::new(recording.choices()))
    );
}
