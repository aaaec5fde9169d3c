//! Lists of woken futures: numbers, generations and room.

use super::*;

const LOOP: u64 = 7 << 52;
const OWNER: Ticket = Ticket::from_bits(LOOP | 1);

fn open(lists: &WokenLists, count: usize) -> Option<Ticket> {
    lists.open(LOOP, count, &Arc::default())
}

fn number(list: Ticket) -> u64 {
    list.bits() >> LIST_SHIFT & (LISTS as u64 - 1)
}

fn taken(lists: &WokenLists, list: Ticket) -> Vec<u32> {
    let mut woken = vec![u32::MAX];
    lists.take(list, &mut woken, OWNER);
    woken
}

/// A wake lists its future once, in the order of the wakes, and only the first wakes the owner.
#[test]
fn a_wake_lists_its_future_once() {
    let lists = WokenLists::default();
    let list = open(&lists, 4).unwrap();
    assert_eq!(taken(&lists, list), [0, 1, 2, 3]);
    let wakes = [2, 0, 2].map(|n| lists.wake(WokenLists::future(list, n)));
    assert_eq!(wakes, [OWNER, Ticket::NONE, Ticket::NONE].map(Some));
    lists.end(list, 3);
    assert_eq!(lists.wake(WokenLists::future(list, 3)), Some(Ticket::NONE));
    assert_eq!(
        lists.wake(WokenLists::future(list, 4)),
        None,
        "there is none"
    );
    assert_eq!(taken(&lists, list), [2, 0]);
    assert_eq!(taken(&lists, list), []);
}

/// The only woken future is taken as from a list of several: the next wake lists it again.
#[test]
fn the_only_woken_future_is_taken_alone() {
    let lists = WokenLists::default();
    let list = open(&lists, 3).unwrap();
    let wake = |n| lists.wake(WokenLists::future(list, n));
    let take_only = || lists.take_only(list, OWNER);
    assert_eq!(take_only(), None, "all three are woken");
    assert_eq!(taken(&lists, list), [0, 1, 2]);
    assert_eq!(take_only(), None, "none is woken");
    assert_eq!((wake(1), wake(1)), (Some(OWNER), Some(Ticket::NONE)));
    assert_eq!(take_only(), Some(1));
    assert_eq!((wake(1), wake(2)), (Some(OWNER), Some(Ticket::NONE)));
    assert_eq!(take_only(), None, "two are woken");
    assert_eq!(taken(&lists, list), [1, 2]);
    lists.close(list);
    assert_eq!(take_only(), None, "there is no such list");
}

/// A future that is woken before the poll in which it ends is taken once more, and never again.
#[test]
fn an_ended_future_is_not_listed_again() {
    let lists = WokenLists::default();
    let list = open(&lists, 2).unwrap();
    assert_eq!(taken(&lists, list), [0, 1]);
    let wake = || lists.wake(WokenLists::future(list, 1));
    assert_eq!(wake(), Some(OWNER));
    lists.end(list, 1);
    assert_eq!(taken(&lists, list), [1]);
    assert_eq!(wake(), Some(Ticket::NONE));
    assert_eq!(taken(&lists, list), []);
}

/// A ticket of a list that is closed fits no later list, however often its number is used again.
#[test]
fn no_ticket_of_a_list_fits_twice() {
    let lists = WokenLists::default();
    let mut seen = Vec::new();
    for _ in 0..20 {
        let list = open(&lists, 2).unwrap();
        taken(&lists, list);
        assert!(!seen.contains(&list), "{list:?} came twice");
        for &old in &seen {
            assert_eq!(lists.wake(WokenLists::future(old, 1)), None);
        }
        assert_eq!(taken(&lists, list), []);
        seen.push(list);
        let closing = WokenLists::closing(list);
        assert!(is_listed(closing) && lists.wake(closing).is_none());
        lists.close_if_told(WokenLists::future(list, 0));
        assert!(lists.wake(WokenLists::future(list, 0)).is_some());
        lists.close_if_told(closing);
    }
    assert!(number(seen[19]) > 0, "the first number is used up");
}

/// If there is no room, no list is opened, and a closed list makes room.
#[test]
fn a_loop_has_room_for_so_many_lists() {
    let lists = WokenLists::default();
    assert!(open(&lists, FUTURE as usize + 1).is_none());
    let opened: Vec<_> = (0..LISTS).map(|_| open(&lists, 1).unwrap()).collect();
    assert!(open(&lists, 1).is_none());
    lists.close(opened[3]);
    assert_eq!(open(&lists, 1).map(number), Some(3));
}

/// When the count of rounds has come to its end, it begins anew, and each wake still lists its future
/// once.
#[test]
fn rounds_begin_anew() {
    let lists = WokenLists::default();
    let list = open(&lists, 3).unwrap();
    assert_eq!(taken(&lists, list), [0, 1, 2]);
    lists.end(list, 2);
    for round in 0..4 * ROUNDS {
        // One of the two is woken in each round, and the other in every second one.
        let woken: Vec<u32> = (0..1 + round % 2).collect();
        for n in [0, 1, 2, 0, 1, 2]
            .into_iter()
            .filter(|n| *n == 2 || woken.contains(n))
        {
            lists.wake(WokenLists::future(list, n));
        }
        let (only, takes_one) = (woken.first().copied(), round % 3 == 0 && woken.len() == 1);
        match takes_one.then(|| lists.take_only(list, OWNER)).flatten() {
            None => assert_eq!(taken(&lists, list), woken, "round {round}"),
            taken => assert_eq!(taken, only, "round {round}"),
        }
    }
}
