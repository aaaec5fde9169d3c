//! Floor 1: a paused function by hand: an enum, and one match.
//!
//! Its chapter: `crates/1-generator/src/lib.rs`.

use groundup::generator::{Generator, Step, run};

/// In Python: `while n: yield n; n -= 1`, and `return "lift-off"`.
#[derive(Debug)]
enum Countdown {
    Start { n: u32 },
    Counting { n: u32 },
    Over,
}

impl Generator for Countdown {
    type Resume = ();
    type Yield = u32;
    type Return = &'static str;

    fn resume(&mut self, (): ()) -> Step<u32, &'static str> {
        let next = match *self {
            Countdown::Start { n } => n,
            Countdown::Counting { n } => n - 1,
            Countdown::Over => panic!("resumed after the end"),
        };
        if next == 0 {
            *self = Countdown::Over;
            return Step::Return("lift-off");
        }
        *self = Countdown::Counting { n: next };
        Step::Yield(next)
    }
}

fn main() {
    let mut count = Countdown::Start { n: 3 };
    loop {
        print!("{:18}", format!("{count:?}"));
        let step = count.resume(());
        println!(" gives {step:?}");
        if let Step::Return(_) = step {
            break;
        }
    }
    println!("{count:?}");
    println!("{}", run(Countdown::Start { n: 10 }));
}
