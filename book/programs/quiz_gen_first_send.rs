//! Quiz: values that are sent to a bare generator.

use groundup::generator::Generator;
use groundup::generator::machine::RunningMean;

pub fn main() {
    let mut mean = RunningMean::new();
    let answers = [1.0, 2.0, 6.0].map(|x| mean.resume(Some(x)).yielded().unwrap());
    println!("{answers:?}");
}
