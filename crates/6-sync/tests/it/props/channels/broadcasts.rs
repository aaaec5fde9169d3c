//! A broadcast, beside the list of all values.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `watches.rs`.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Poll;

use groundup_sync::{BroadcastError, BroadcastReceiver, broadcast};
use proptest::prelude::*;

use super::super::wakes::ByHand;

/// What is done by hand. A number chooses among the receivers that there are.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Send,
    Subscribe,
    CloneSender,
    DropSender,
    DropReceiver(usize),
    Recv(usize, bool),
    /// Drops the wait of a receiver, and not the receiver.
    DropWait(usize),
    TryRecv(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => Just(Deed::Send),
        2 => Just(Deed::Subscribe),
        1 => Just(Deed::CloneSender),
        1 => Just(Deed::DropSender),
        1 => any::<usize>().prop_map(Deed::DropReceiver),
        6 => (any::<usize>(), any::<bool>()).prop_map(|(which, new)| Deed::Recv(which, new)),
        1 => any::<usize>().prop_map(Deed::DropWait),
        2 => any::<usize>().prop_map(Deed::TryRecv),
    ]
}

type Value = Rc<usize>;
type Received = Result<Value, BroadcastError>;

/// A receiver, its wait, and what the model knows of both.
struct Reader<'a> {
    receiver: Rc<RefCell<BroadcastReceiver<Value>>>,
    wait: Option<ByHand<'a, Received>>,
    next: usize,
    waits: bool,
    wakes: usize,
}

impl Reader<'_> {
    fn new(receiver: BroadcastReceiver<Value>, next: usize) -> Self {
        Reader {
            receiver: Rc::new(RefCell::new(receiver)),
            wait: None,
            next,
            waits: false,
            wakes: 0,
        }
    }

    /// Returns what it receives of `sent` values, of which `room` are kept.
    fn receives(&mut self, sent: &[Value], room: usize, closed: bool) -> Poll<Received> {
        let begin = sent.len().saturating_sub(room);
        if self.next < begin {
            let missed = begin - self.next;
            self.next = begin;
            return Poll::Ready(Err(BroadcastError::Lagged(missed as u64)));
        }
        match sent.get(self.next) {
            Some(value) => {
                self.next += 1;
                Poll::Ready(Ok(value.clone()))
            }
            None if closed => Poll::Ready(Err(BroadcastError::Closed)),
            None => Poll::Pending,
        }
    }

    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "nothing else uses the receiver meanwhile"
    )]
    fn poll(&mut self, new: bool) -> Poll<Received> {
        let receiver = self.receiver.clone();
        let receives = || ByHand::new(async move { receiver.borrow_mut().recv().await });
        let polled = self.wait.get_or_insert_with(receives).poll(new);
        if polled.is_ready() {
            self.wait = None;
            self.wakes = 0;
        }
        polled
    }
}

proptest! {
    /// Each receiver gets all values in order, or learns how many it missed; a value that no receiver
    /// will get is dropped at once.
    #[test]
    fn a_broadcast_is_a_list_of_values(
        room in 1_usize..5,
        deeds in prop::collection::vec(deed(), 0..80),
    ) {
        let (sender, receiver) = broadcast(room);
        let (mut senders, mut readers) = (vec![sender], vec![Reader::new(receiver, 0)]);
        let mut sent = Vec::<Value>::new();
        for deed in deeds {
            let closed = senders.is_empty();
            match deed {
                Deed::Send if !closed => {
                    let value = Rc::new(sent.len());
                    let result = senders[0].send(value.clone());
                    prop_assert_eq!(result.ok(), Some(readers.len()).filter(|len| *len > 0));
                    if !readers.is_empty() {
                        sent.push(value);
                        for reader in &mut readers {
                            reader.wakes += usize::from(std::mem::take(&mut reader.waits));
                        }
                    }
                }
                Deed::Subscribe if !closed => {
                    readers.push(Reader::new(senders[0].subscribe(), sent.len()));
                }
                Deed::CloneSender if !closed => senders.push(senders[0].clone()),
                Deed::DropSender if !closed => {
                    senders.pop();
                    for reader in readers.iter_mut().filter(|_| senders.is_empty()) {
                        reader.wakes += usize::from(std::mem::take(&mut reader.waits));
                    }
                }
                Deed::DropReceiver(which) if !readers.is_empty() => {
                    drop(readers.remove(which % readers.len()));
                }
                Deed::Recv(which, new) if !readers.is_empty() => {
                    let which = which % readers.len();
                    let reader = &mut readers[which];
                    let polled = reader.poll(new);
                    prop_assert_eq!(&polled, &reader.receives(&sent, room, closed));
                    reader.waits = polled.is_pending();
                }
                Deed::DropWait(which) if !readers.is_empty() => {
                    let which = which % readers.len();
                    (readers[which].wait, readers[which].waits) = (None, false);
                    readers[which].wakes = 0;
                }
                Deed::TryRecv(which) if !readers.is_empty() => {
                    let which = which % readers.len();
                    if readers[which].wait.is_none() {
                        let received = readers[which].receiver.borrow_mut().try_recv();
                        let expected = match readers[which].receives(&sent, room, closed) {
                            Poll::Ready(received) => received.map(Some),
                            Poll::Pending => Ok(None),
                        };
                        prop_assert_eq!(received, expected);
                    }
                }
                _ => {}
            }
            for reader in &readers {
                let wakes = reader.wait.as_ref().map_or(0, ByHand::wakes);
                prop_assert_eq!(wakes, reader.wakes);
                if reader.wait.is_none() {
                    let len = reader.receiver.borrow().len();
                    prop_assert_eq!(len, (sent.len() - reader.next) as u64);
                }
            }
            let begin = sent.len().saturating_sub(room);
            for (number, value) in sent.iter().enumerate() {
                let wanted = number >= begin && readers.iter().any(|reader| reader.next <= number);
                prop_assert_eq!(Rc::strong_count(value), 1 + usize::from(wanted), "value {}", number);
            }
        }
    }
}
