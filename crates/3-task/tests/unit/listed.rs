//! Lists of woken futures: numbers, generations and room.

use super::*;

const LOOP: u64 = 7 << 52;

fn number(list: Ticket) -> u64 {
    list.bits() >> LIST_SHIFT & (LISTS as u64 - 1)
}

fn taken(lists: &WokenLists, list: Ticket) -> Vec<u32> {
    let count = lists
        .table
        .borrow_mut()
        .of(list)
        .map_or(0, |list| list.listed.len());
    let mut woken = vec![0; count];
    let taken = lists.take(list, &mut woken, Waker::noop().clone());
    woken.truncate(taken);
    woken
}

/// A wake lists its future once, in the order of the wakes, and only the first wakes the owner.
#[test]
fn a_wake_lists_its_future_once() {
    let lists = WokenLists::default();
    let list = lists.open(LOOP, 4).unwrap();
    assert_eq!(taken(&lists, list), [0, 1, 2, 3]);
    let wakes = [2, 0, 2].map(|n| lists.wake(WokenLists::future(list, n)).is_some());
    assert_eq!(wakes, [true, false, false]);
    lists.end(list, 3);
    assert!(lists.wake(WokenLists::future(list, 3)).is_none());
    assert_eq!(taken(&lists, list), [2, 0]);
    assert_eq!(taken(&lists, list), []);
}

/// A future that is woken before the poll in which it ends is taken once more, and never again.
#[test]
fn an_ended_future_is_not_listed_again() {
    let lists = WokenLists::default();
    let list = lists.open(LOOP, 2).unwrap();
    assert_eq!(taken(&lists, list), [0, 1]);
    let wakes = |lists: &WokenLists| lists.wake(WokenLists::future(list, 1)).is_some();
    assert!(wakes(&lists));
    lists.end(list, 1);
    assert_eq!(taken(&lists, list), [1]);
    assert!(!wakes(&lists));
    assert_eq!(taken(&lists, list), []);
}

/// A ticket of a list that is closed fits no later list, however often its number is used again.
#[test]
fn no_ticket_of_a_list_fits_twice() {
    let lists = WokenLists::default();
    let mut seen = Vec::new();
    for _ in 0..20 {
        let list = lists.open(LOOP, 2).unwrap();
        taken(&lists, list);
        assert!(!seen.contains(&list), "{list:?} came twice");
        for &old in &seen {
            assert!(lists.wake(WokenLists::future(old, 1)).is_none());
        }
        assert_eq!(taken(&lists, list), []);
        seen.push(list);
        let closing = WokenLists::closing(list);
        assert!(is_listed(closing) && lists.wake(closing).is_none());
    }
    assert!(number(seen[19]) > 0, "the first number is used up");
}

/// If there is no room, no list is opened, and a closed list makes room.
#[test]
fn a_loop_has_room_for_so_many_lists() {
    let lists = WokenLists::default();
    assert!(lists.open(LOOP, FUTURE as usize + 1).is_none());
    let open: Vec<_> = (0..LISTS).map(|_| lists.open(LOOP, 1).unwrap()).collect();
    assert!(lists.open(LOOP, 1).is_none());
    lists.close(open[3]);
    assert_eq!(lists.open(LOOP, 1).map(number), Some(3));
}
