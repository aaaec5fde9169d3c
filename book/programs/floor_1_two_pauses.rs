//! A function with two pauses, cut by hand: one variant for each place.

use groundup::generator::{Generator, Step, run};

// def tea():                      Start
//     yield "fill the kettle"     Filled
//     cups = 2
//     yield "pour"                Poured { cups }
//     return cups
enum Tea {
    Start,
    Filled,
    Poured { cups: u32 },
    Over,
}

impl Generator for Tea {
    type Resume = ();
    type Yield = &'static str;
    type Return = u32;

    fn resume(&mut self, (): ()) -> Step<&'static str, u32> {
        match std::mem::replace(self, Tea::Over) {
            Tea::Start => {
                *self = Tea::Filled;
                Step::Yield("fill the kettle")
            }
            Tea::Filled => {
                *self = Tea::Poured { cups: 2 };
                Step::Yield("pour")
            }
            Tea::Poured { cups } => Step::Return(cups),
            Tea::Over => panic!("resumed after the end"),
        }
    }
}

pub fn main() {
    for step in 1..=3 {
        let mut tea = Tea::Start;
        let steps: Vec<_> = (0..step).map(|_| tea.resume(())).collect();
        println!("{steps:?}");
    }
    println!("{}", run(Tea::Start));
}
