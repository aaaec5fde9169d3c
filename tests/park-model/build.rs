//! Breaks the park protocol, for the tests that must fail.
//!
//! The problem: a checker that finds nothing proves little until it has been seen
//! to find something. So the very source that floor 3 compiles is taken, one thing
//! in it is done wrong, and the models must notice.
//!
//! Invariant: a change that finds nothing to change stops the build. A broken
//! form can therefore not quietly become a whole one.
//!
//! Read next: `src/models.rs`.

use std::{env, fs, path::Path};

const SOURCE: &str = "../../crates/3-task/src/mailbox/park.rs";
/// What stands on it, and is taken as it is.
const STATION: &str = "../../crates/3-task/src/mailbox/station.rs";

/// Name of the broken form, what stands in the source, what is put there.
const FORMS: &[(&str, &str, &str)] = &[
    (
        // The box is emptied before the bell is answered: a letter that falls in
        // between loses its bell.
        "emptied_first",
        "        self.state.swap(AWAKE, Ordering::AcqRel);
        self.letters.lock().take(into);",
        "        self.letters.lock().take(into);
        self.state.swap(AWAKE, Ordering::AcqRel);",
    ),
    (
        // Two steps where there must be one: a bell between them is overwritten.
        "looked_then_slept",
        "        self.state
            .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()",
        "        let awake = self.state.load(Ordering::Acquire) == change.0;
        if awake {
            self.state.store(change.1, Ordering::Release);
        }
        awake",
    ),
    (
        // Two who ring at once may both, or neither, see that the loop sleeps.
        "rang_in_two_steps",
        "        self.state.swap(ASKED, Ordering::AcqRel) == ASLEEP",
        "        let before = self.state.load(Ordering::Acquire);
        self.state.store(ASKED, Ordering::Release);
        before == ASLEEP",
    ),
    (
        // The bell rings before the letter is in the box.
        "rang_before_posting",
        "        {
            let mut letters = self.letters.lock();",
        "        let asleep = self.ring();
        {
            let mut letters = self.letters.lock();",
    ),
    (
        // A loop may close, and another one open, before the letter falls in.
        "admitted_outside",
        "            let mut letters = self.letters.lock();
            if !admit() {
                return Err(letter);
            }",
        "            if !admit() {
                return Err(letter);
            }
            let mut letters = self.letters.lock();",
    ),
    (
        // What the loop has not read is left for the next one.
        "shut_unread",
        "        letters.take(&mut left);",
        "        if !left.is_empty() {
            letters.take(&mut left);
        }",
    ),
    (
        // Whoever rises answers a bell without looking into the box.
        "rose_deaf",
        "        let change = (ASLEEP, AWAKE);
        let _ =
            self.state
                .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire);",
        "        self.state.store(AWAKE, Ordering::Release);",
    ),
];

fn main() {
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed=build.rs");
    let source = fs::read_to_string(SOURCE).expect("floor 3 is beside this package");
    let out = env::var("OUT_DIR").expect("cargo says where to put things");
    for (name, right, wrong) in FORMS {
        assert_eq!(
            source.matches(right).count(),
            1,
            "park.rs no longer has what {name} breaks: mend the form in build.rs"
        );
        let mut broken = source.replace(right, wrong);
        if *name == "rang_before_posting" {
            broken = broken.replace("        Ok(self.ring())", "        Ok(asleep)");
        }
        write(Path::new(&out), name, &broken);
    }
    println!("cargo::rerun-if-changed={STATION}");
    let station = fs::read_to_string(STATION).expect("floor 3 is beside this package");
    write(Path::new(&out), "station", &station);
}

/// Writes a source to be included: such a file cannot document its module.
fn write(out: &Path, name: &str, source: &str) {
    let kept = source.lines().filter(|line| !line.starts_with("//!"));
    let text = kept.collect::<Vec<_>>().join("\n");
    fs::write(out.join(format!("{name}.rs")), text).expect("it can be written");
}
