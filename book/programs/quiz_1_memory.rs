//! Quiz: what is in memory after two resumes?

use groundup::generator::Generator;
use groundup::generator::machine::Countdown;

pub fn main() {
    let mut count = Countdown::new(3);
    let _ = count.resume(());
    let _ = count.resume(());
    println!("{count:?}");
}
