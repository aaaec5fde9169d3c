//! A watch, beside a value and its version.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `tasks.rs`.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;

use groundup_sync::{SenderDropped, WatchReceiver, watch};
use proptest::prelude::*;

use super::super::wakes::ByHand;

/// What is done by hand. A number chooses among the receivers that there are.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Send,
    Modify,
    Replace,
    Subscribe,
    CloneReceiver(usize),
    CloneSender,
    DropSender,
    DropReceiver(usize),
    Update(usize),
    Changed(usize, bool),
    /// Drops the wait of a receiver, and not the receiver.
    DropWait(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let which = || any::<usize>();
    prop_oneof![
        3 => Just(Deed::Send),
        1 => Just(Deed::Modify),
        1 => Just(Deed::Replace),
        1 => Just(Deed::Subscribe),
        1 => which().prop_map(Deed::CloneReceiver),
        1 => Just(Deed::CloneSender),
        1 => Just(Deed::DropSender),
        1 => which().prop_map(Deed::DropReceiver),
        2 => which().prop_map(Deed::Update),
        6 => (which(), any::<bool>()).prop_map(|(which, new)| Deed::Changed(which, new)),
        1 => which().prop_map(Deed::DropWait),
    ]
}

type Change = Result<(), SenderDropped>;

/// A receiver, its wait, and what the model knows of both.
struct Reader<'a> {
    receiver: Rc<RefCell<WatchReceiver<u32>>>,
    wait: Option<ByHand<'a, Change>>,
    seen: u32,
    waits: bool,
    wakes: usize,
}

impl Reader<'_> {
    fn new(receiver: WatchReceiver<u32>, seen: u32) -> Self {
        Reader {
            receiver: Rc::new(RefCell::new(receiver)),
            wait: None,
            seen,
            waits: false,
            wakes: 0,
        }
    }

    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "nothing else uses the receiver meanwhile"
    )]
    fn poll(&mut self, new: bool) -> Poll<Change> {
        let receiver = self.receiver.clone();
        let changes = || ByHand::new(async move { receiver.borrow_mut().changed().await });
        let polled = self.wait.get_or_insert_with(changes).poll(new);
        if polled.is_ready() {
            self.wait = None;
            self.wakes = 0;
        }
        polled
    }

    fn wake(&mut self) {
        self.wakes += usize::from(std::mem::take(&mut self.waits));
    }
}

proptest! {
    /// A receiver waits only if it has seen the latest value and a sender lives. The value is its
    /// own version here.
    #[test]
    fn a_watch_is_a_value_with_a_version(deeds in prop::collection::vec(deed(), 0..80)) {
        let (sender, receiver) = watch(0);
        let (mut senders, mut readers) = (vec![sender], vec![Reader::new(receiver, 0)]);
        let mut value = 0;
        for deed in deeds {
            let closed = senders.is_empty();
            let before = value;
            match deed {
                Deed::Send if !closed => {
                    let sent = senders[0].send(value + 1).is_ok();
                    prop_assert_eq!(sent, !readers.is_empty());
                    value += u32::from(sent);
                }
                Deed::Modify if !closed => {
                    senders[0].send_modify(|value| *value += 1);
                    value += 1;
                }
                Deed::Replace if !closed => {
                    prop_assert_eq!(*senders[0].send_replace(value + 1), value);
                    value += 1;
                }
                Deed::Subscribe if !closed => {
                    readers.push(Reader::new(senders[0].subscribe(), value));
                }
                Deed::CloneReceiver(which) if !readers.is_empty() => {
                    let reader = &readers[which % readers.len()];
                    if reader.wait.is_none() {
                        let clone = reader.receiver.borrow().clone();
                        readers.push(Reader::new(clone, reader.seen));
                    }
                }
                Deed::CloneSender if !closed => senders.push(senders[0].clone()),
                Deed::DropSender if !closed => {
                    senders.pop();
                    let readers = readers.iter_mut().filter(|_| senders.is_empty());
                    readers.for_each(Reader::wake);
                }
                Deed::DropReceiver(which) if !readers.is_empty() => {
                    drop(readers.remove(which % readers.len()));
                }
                Deed::Update(which) if !readers.is_empty() => {
                    let which = which % readers.len();
                    if readers[which].wait.is_none() {
                        let seen = *readers[which].receiver.borrow_mut().borrow_and_update();
                        prop_assert_eq!(seen, value);
                        readers[which].seen = value;
                    }
                }
                Deed::Changed(which, new) if !readers.is_empty() => {
                    let which = which % readers.len();
                    let reader = &mut readers[which];
                    let expected = match reader.seen != value {
                        true => Poll::Ready(Ok(())),
                        false if closed => Poll::Ready(Err(SenderDropped)),
                        false => Poll::Pending,
                    };
                    prop_assert_eq!(reader.poll(new), expected);
                    reader.seen = value;
                    reader.waits = expected.is_pending();
                }
                Deed::DropWait(which) if !readers.is_empty() => {
                    let which = which % readers.len();
                    (readers[which].wait, readers[which].waits) = (None, false);
                    readers[which].wakes = 0;
                }
                _ => {}
            }
            if value != before {
                readers.iter_mut().for_each(Reader::wake);
            }
            for reader in &readers {
                let wakes = reader.wait.as_ref().map_or(0, ByHand::wakes);
                prop_assert_eq!(wakes, reader.wakes);
                if reader.wait.is_none() {
                    let receiver = reader.receiver.borrow();
                    prop_assert_eq!((*receiver.borrow(), receiver.has_changed()), (value, reader.seen != value));
                }
            }
        }
    }
}
