//! A census sorts its outcomes, and floats have no order.

fn main() {
    groundup_testkit::census(|| async { 3.2 });
}
