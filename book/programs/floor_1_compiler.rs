//! An async function, and by hand the enum that the compiler makes.

use groundup::Stepped;
use groundup::generator::machine::Countdown;
use groundup::generator::{Generator, Step};

async fn launch(n: u32) -> usize {
    let word = Countdown::new(n).await; // the one pause point
    word.len() + 1
}

/// The machine of `launch`: one variant for each place.
enum Launch {
    Start { n: u32 },
    Awaiting { count: Countdown },
    Over,
}

impl Generator for Launch {
    type Resume = ();
    type Yield = ();
    type Return = usize;

    fn resume(&mut self, (): ()) -> Step<(), usize> {
        let mut count = match std::mem::replace(self, Launch::Over) {
            Launch::Start { n } => Countdown::new(n),
            Launch::Awaiting { count } => count,
            Launch::Over => panic!("resumed after the end"),
        };
        match count.resume(()) {
            Step::Yield(_) => {
                *self = Launch::Awaiting { count }; // keep the inner machine
                Step::Yield(())
            }
            Step::Return(word) => Step::Return(word.len() + 1),
        }
    }
}

pub fn main() {
    let (mut compiler, mut hand) = (Stepped::new(launch(2)), Launch::Start { n: 2 });
    for resume in 1..=3 {
        println!("{resume}: {:?} {:?}", compiler.resume(()), hand.resume(()));
    }
}
