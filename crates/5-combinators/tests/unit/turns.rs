//! How many entries are looked at when children that wait are cancelled.
//!
//! Read next: `../it/main.rs`.

use std::cell::Cell;
use std::cmp::Ordering;

use super::Turns;

thread_local! {
    static LOOKS: Cell<usize> = const { Cell::new(0) };
}

/// A number whose comparisons are counted: each is a look at an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Counted(u64);

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        LOOKS.set(LOOKS.get() + 1);
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_cancel_of_a_waiting_child_looks_at_few_of_the_others() {
    for (count, step) in [100_u64, 1_000, 10_000, 100_000]
        .into_iter()
        .flat_map(|count| [(count, 1), (count, count - 1)])
    {
        let mut turns = Turns::new();
        (0..count).for_each(|number| turns.add(Counted(number), number));
        LOOKS.set(0);
        for at in 0..count {
            let number = at * step % count; // from the first to the last, and the other way
            assert_eq!(turns.take_out(vec![Counted(number)]), [number]);
        }
        let most = count as usize * 12 * (count.ilog2() as usize / 3 + 1);
        assert!(
            LOOKS.get() <= most,
            "{} looks at {count}, more than {most}",
            LOOKS.get()
        );
        assert_eq!((turns.len(), turns.next()), (0, None));
    }
}

#[test]
fn those_that_are_taken_out_come_in_the_order_of_their_spawns_and_once() {
    let mut turns = Turns::new();
    (0..6).for_each(|number| turns.add(number, number * 10));
    assert_eq!(turns.next(), Some(0));
    assert_eq!(turns.take_out(vec![4, 0, 2, 4, 9]), [20, 40]);
    assert_eq!(
        [turns.next(), turns.next(), turns.next(), turns.next()],
        [Some(10), Some(30), Some(50), None]
    );
}
