//! Oneshots, broadcasts and watches between tasks.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `cancels.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_sync::combinators::timeout;
use groundup_sync::executor::{sleep, spawn};
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

#[test]
fn a_value_arrives_one_iteration_after_its_send() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let (sender, receiver) = oneshot();
        let one = logged(&log, "one", receiver);
        let (news, mut reader) = broadcast(2);
        let each = logged(&log, "each", async move { reader.recv().await });
        let (level, mut display) = watch(0);
        let latest = logged(&log, "latest", async move { display.changed().await });
        yield_now().await;
        log.say("send");
        sender.send(1).unwrap();
        news.send(2).unwrap();
        level.send(3).unwrap();
        assert_eq!(one.await.unwrap(), Ok(1));
        assert_eq!(each.await.unwrap(), Ok(2));
        assert_eq!(latest.await.unwrap(), Ok(()));
    });
    assert_eq!(log.hops(), "send@0 one@1 each@1 latest@1");
}

#[test]
fn a_receiver_learns_that_the_task_of_its_sender_has_gone() {
    Setup::new().run(async {
        let (sender, receiver) = oneshot::<u8>();
        let task = spawn(async move {
            sleep(secs(1)).await;
            sender.send(1).unwrap();
        });
        yield_now().await;
        task.cancel();
        assert_eq!(receiver.await, Err(SenderDropped));
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_receiver_that_is_awaited_by_reference_keeps_its_turn_and_its_value() {
    Setup::new().run(async {
        let (sender, mut receiver) = oneshot();
        assert!(timeout(secs(1), &mut receiver).await.is_err());
        sender.send('a').unwrap();
        yield_now().await;
        assert_eq!(receiver.await, Ok('a'));
    });
}

#[test]
fn a_slow_receiver_learns_how_many_values_it_missed_and_goes_on() {
    Setup::new().run(async {
        let (news, mut slow) = broadcast(3);
        let mut quick = news.subscribe();
        for value in 0..10 {
            assert_eq!(news.send(value).unwrap(), 2);
            assert_eq!(quick.recv().await, Ok(value));
        }
        assert_eq!(slow.len(), 10);
        assert_eq!(slow.recv().await, Err(BroadcastError::Lagged(7)));
        for value in 7..10 {
            assert_eq!(slow.recv().await, Ok(value));
        }
        assert_eq!(slow.try_recv(), Ok(None));
        drop(news);
        assert_eq!(slow.recv().await, Err(BroadcastError::Closed));
        assert_eq!(quick.try_recv(), Err(BroadcastError::Closed));
    });
}

/// Says when it is cloned and dropped, and uses its channel then.
struct Nosy {
    said: Rc<RefCell<String>>,
    uses: Rc<dyn Fn()>,
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        (self.uses)();
        self.said.borrow_mut().push('c');
        Nosy {
            said: self.said.clone(),
            uses: self.uses.clone(),
        }
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        (self.uses)();
        self.said.borrow_mut().push('d');
    }
}

#[test]
fn values_that_use_their_channel_are_cloned_and_dropped_while_nothing_is_borrowed() {
    let said = Rc::<RefCell<String>>::default();
    let nosy = |uses: Rc<dyn Fn()>| Nosy {
        said: said.clone(),
        uses,
    };
    let (news, mut reader) = broadcast(1);
    let mut other = news.subscribe();
    let own = news.clone();
    let uses: Rc<dyn Fn()> = Rc::new(move || drop(own.subscribe()));
    news.send(nosy(uses.clone())).ok().unwrap();
    drop(reader.try_recv().unwrap()); // a clone, since the other has not read it
    assert_eq!(*said.borrow(), "cd");
    drop(other.try_recv().unwrap()); // the value itself
    assert_eq!(*said.borrow(), "cdd");
    for _ in 0..2 {
        news.send(nosy(uses.clone())).ok().unwrap(); // the second replaces the first
    }
    assert_eq!(*said.borrow(), "cddd");
    drop((reader, other));
    assert_eq!(*said.borrow(), "cdddd");

    said.borrow_mut().clear();
    let (level, display) = watch(nosy(Rc::new(|| {})));
    let own = display.clone();
    let uses: Rc<dyn Fn()> = Rc::new(move || drop((own.clone(), own.borrow())));
    level.send(nosy(uses.clone())).ok().unwrap();
    level.send_modify(|_| drop(display.borrow()));
    assert_eq!(*said.borrow(), "dcd");
    level.send(nosy(Rc::new(|| {}))).ok().unwrap(); // the one before holds its own channel
}

#[test]
fn a_change_that_panics_leaves_the_value_as_it_was() {
    let (level, mut display) = watch(1);
    let change = std::panic::AssertUnwindSafe(|| {
        level.send_modify(|value| {
            *value = 2;
            panic!("no");
        });
    });
    assert!(std::panic::catch_unwind(change).is_err());
    assert!(!display.has_changed());
    assert_eq!(*display.borrow_and_update(), 1);
}

#[test]
fn a_value_that_was_borrowed_stays_while_newer_ones_are_sent() {
    Setup::new().run(async {
        let (level, mut display) = watch(1);
        let before = display.borrow();
        level.send(2).unwrap();
        yield_now().await;
        level.send(3).unwrap();
        assert_eq!((*before, *display.borrow_and_update()), (1, 3));
        let high = display.wait_for(|value| *value > 2).await;
        assert_eq!(high.map(|value| *value), Ok(3));
        drop(level);
        assert_eq!(
            display.wait_for(|value| *value > 3).await,
            Err(SenderDropped)
        );
        assert_eq!(display.changed().await, Err(SenderDropped));
    });
}
