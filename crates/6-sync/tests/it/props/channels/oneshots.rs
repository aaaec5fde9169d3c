//! A oneshot, beside three flags.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `broadcasts.rs`.

use std::rc::Rc;
use std::task::Poll;

use groundup_sync::{OneshotSender, SenderDropped, oneshot};
use proptest::prelude::*;

use super::super::wakes::ByHand;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Send,
    DropSender,
    /// From now on the sender waits for the drop of the receiver; or polls this wait again.
    Closed(bool),
    Poll(bool),
    TryRecv,
    DropReceiver,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => Just(Deed::Send),
        1 => Just(Deed::DropSender),
        3 => any::<bool>().prop_map(Deed::Closed),
        4 => any::<bool>().prop_map(Deed::Poll),
        1 => Just(Deed::TryRecv),
        1 => Just(Deed::DropReceiver),
    ]
}

/// What became of the channel, and what its two waits saw.
#[derive(Default)]
struct Model {
    sent: bool,
    no_sender: bool,
    no_receiver: bool,
    received: bool,
    receiver_waits: bool,
    sender_waits: bool,
    receiver_wakes: usize,
    sender_wakes: usize,
}

impl Model {
    /// The receiver learns something.
    fn wake_receiver(&mut self) {
        self.receiver_wakes += usize::from(std::mem::take(&mut self.receiver_waits));
    }
}

proptest! {
    /// A value that was sent is received once, given back or dropped; each end learns of the drop of
    /// the other, and is woken once.
    #[test]
    fn a_oneshot_is_three_flags(deeds in prop::collection::vec(deed(), 0..14)) {
        let value = Rc::new(());
        let (sender, receiver) = oneshot();
        let (mut sender, mut waiting) = (Some(sender), None::<ByHand<'_, ()>>);
        // The receiver behind a future, so that its wakes are counted.
        let receiver = Rc::new(std::cell::RefCell::new(receiver));
        let own = receiver.clone();
        let mut receives = Some(ByHand::new(std::future::poll_fn(move |cx| {
            std::pin::Pin::new(&mut *own.borrow_mut()).poll(cx)
        })));
        let mut receiver = Some(receiver);
        let mut got = Vec::new();
        let mut model = Model::default();
        for deed in deeds {
            match deed {
                Deed::Send if sender.is_some() => {
                    let result = sender.take().map(|sender: OneshotSender<Rc<()>>| sender.send(value.clone()));
                    prop_assert_eq!(result.unwrap().is_err(), model.no_receiver);
                    (model.sent, model.no_sender) = (!model.no_receiver, true);
                    model.wake_receiver();
                }
                Deed::DropSender if !model.no_sender => {
                    drop((sender.take(), waiting.take()));
                    model.no_sender = true;
                    model.wake_receiver();
                }
                Deed::Closed(new) if !model.no_sender => {
                    let wait = waiting.get_or_insert_with(|| {
                        let mut sender = sender.take().expect("it is there");
                        ByHand::new(async move {
                            sender.closed().await;
                            std::future::pending().await
                        })
                    });
                    prop_assert!(wait.poll(new).is_pending());
                    model.sender_waits = !model.no_receiver;
                }
                Deed::Poll(new) if receives.is_some() && !model.received => {
                    let polled = receives.as_mut().unwrap().poll(new);
                    let expected = match (model.sent, model.no_sender) {
                        (true, _) => Poll::Ready(Ok(value.clone())),
                        (false, true) => Poll::Ready(Err(SenderDropped)),
                        (false, false) => Poll::Pending,
                    };
                    prop_assert_eq!(&polled, &expected);
                    model.receiver_waits = polled.is_pending();
                    model.received = polled.is_ready();
                    model.sent = false;
                    if let Poll::Ready(value) = polled {
                        got.extend(value);
                    }
                }
                Deed::TryRecv if receiver.is_some() => {
                    let received = receiver.as_ref().unwrap().borrow_mut().try_recv();
                    let expected = match (model.sent, model.no_sender) {
                        (true, _) => Ok(Some(value.clone())),
                        (false, true) => Err(SenderDropped),
                        (false, false) => Ok(None),
                    };
                    prop_assert_eq!(&received, &expected);
                    model.sent = false;
                    got.extend(received.ok().flatten());
                }
                Deed::DropReceiver if receiver.is_some() => {
                    drop((receiver.take(), receives.take()));
                    (model.no_receiver, model.sent) = (true, false);
                    model.sender_wakes += usize::from(std::mem::take(&mut model.sender_waits));
                }
                _ => {}
            }
            // Ours, one in the channel, and those that were received.
            let values = 1 + usize::from(model.sent) + got.len();
            prop_assert_eq!(Rc::strong_count(&value), values);
            if let Some(receives) = &receives {
                prop_assert_eq!(receives.wakes(), model.receiver_wakes);
            }
            if let Some(waiting) = &waiting {
                prop_assert_eq!(waiting.wakes(), model.sender_wakes);
            }
        }
    }
}
