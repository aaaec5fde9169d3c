//! Channels of two ends, under tasks that leave anywhere.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `../faulty.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use groundup_sync::{BroadcastError, broadcast, oneshot, watch};
use proptest::prelude::*;

use super::super::ways::{Plan, Program, Way, on_the_way, plan, way, yields};

/// Senders: when each begins, how many values it sends, and its way. Receivers: when each begins,
/// and its way.
#[derive(Clone, Debug)]
struct Tasks {
    senders: Vec<(usize, usize, Way)>,
    receivers: Vec<(usize, Way)>,
    room: usize,
    plan: Plan,
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let senders = prop::collection::vec((0_usize..6, 0_usize..5, way()), 1..5);
    let receivers = prop::collection::vec((0_usize..6, way()), 1..5);
    let all = (senders, receivers, 1_usize..4, plan());
    all.prop_map(|(senders, receivers, room, plan)| Tasks {
        senders,
        receivers,
        room,
        plan,
    })
}

/// One oneshot for each sender. All values are counted.
fn oneshots(tasks: &Tasks) -> Result<(), String> {
    let mut program = Program::new(tasks.plan);
    let (value, wrong) = (Rc::new(()), Rc::new(Cell::new(None)));
    for (&(begins, sends, way), &(waits, other)) in
        tasks.senders.iter().zip(tasks.receivers.iter().cycle())
    {
        let (mut sender, receiver) = oneshot();
        let (own, wrong) = (value.clone(), wrong.clone());
        program.spawn(way, async move {
            yields(begins).await;
            match sends {
                0 => drop(sender),
                1 => sender.closed().await,
                _ => drop(sender.send(own)),
            }
        });
        program.spawn(other, async move {
            yields(waits).await;
            match on_the_way(other, receiver).await {
                Some(Ok(_)) if sends < 2 => wrong.set(Some("a value that was not sent")),
                Some(Err(_)) if sends > 1 && matches!(way, Way::ToTheEnd) => {
                    wrong.set(Some("no value, and one was sent"));
                }
                _ => {}
            }
        });
    }
    let stuck = program.run(100)?;
    // A sender that waits for the drop of its receiver, and the receiver, wait for each other.
    let stuck = stuck.iter().find(|at| tasks.senders[**at / 2].1 != 1);
    if let Some(at) = stuck {
        return Err(format!("task {at} waits for ever"));
    }
    drop(program);
    match (Rc::strong_count(&value), wrong.get()) {
        (1, None) => Ok(()),
        (1, Some(wrong)) => Err(wrong.into()),
        (more, _) => Err(format!("{} values are kept", more - 1)),
    }
}

/// Returns true if the numbers of each sender come in order.
fn in_order(values: &[(usize, usize)]) -> bool {
    (0..values.len()).all(|at| {
        let later = values[at..].iter().filter(|value| value.0 == values[at].0);
        later.into_iter().all(|value| value.1 >= values[at].1)
    })
}

fn broadcasts(tasks: &Tasks) -> Result<(), String> {
    let mut program = Program::new(tasks.plan);
    let (sender, first) = broadcast(tasks.room);
    let (sent, wrong) = (
        Rc::<RefCell<Vec<_>>>::default(),
        Rc::<RefCell<Vec<_>>>::default(),
    );
    for (number, &(begins, sends, way)) in tasks.senders.iter().enumerate() {
        let (sender, sent) = (sender.clone(), sent.clone());
        program.spawn(way, async move {
            for at in 0..sends {
                yields(begins).await;
                sender.send((number, at)).unwrap();
                sent.borrow_mut().push((number, at));
            }
        });
    }
    for &(begins, way) in &tasks.receivers {
        let (mut receiver, sent, wrong) = (sender.subscribe(), sent.clone(), wrong.clone());
        program.spawn(way, async move {
            yields(begins).await;
            let (mut got, mut missed) = (Vec::new(), 0);
            loop {
                match on_the_way(way, receiver.recv()).await {
                    Some(Ok(value)) => got.push(value),
                    Some(Err(BroadcastError::Lagged(values))) => missed += values as usize,
                    Some(Err(BroadcastError::Closed)) => break,
                    None => return,
                }
            }
            let all = got.len() + missed == sent.borrow().len() && in_order(&got);
            wrong.borrow_mut().extend((!all).then_some((got, missed)));
        });
    }
    drop(sender);
    if let Some(at) = program.run(100)?.first() {
        return Err(format!("task {at} waits for ever"));
    }
    drop((program, first));
    let wrong = wrong.borrow();
    match wrong.first() {
        None => Ok(()),
        Some(wrong) => Err(format!("sent {:?}, got {wrong:?}", sent.borrow())),
    }
}

fn watches(tasks: &Tasks) -> Result<(), String> {
    let mut program = Program::new(tasks.plan);
    let (sender, first) = watch(None);
    let (latest, wrong) = (
        Rc::new(RefCell::new(None)),
        Rc::<RefCell<Vec<_>>>::default(),
    );
    for (number, &(begins, sends, way)) in tasks.senders.iter().enumerate() {
        let (sender, latest) = (sender.clone(), latest.clone());
        program.spawn(way, async move {
            for at in 0..sends {
                yields(begins).await;
                sender.send(Some((number, at))).unwrap();
                *latest.borrow_mut() = Some((number, at));
            }
        });
    }
    for &(begins, way) in &tasks.receivers {
        let (mut receiver, latest, wrong) = (sender.subscribe(), latest.clone(), wrong.clone());
        program.spawn(way, async move {
            yields(begins).await;
            let mut got = Vec::new();
            while let Some(Ok(())) = on_the_way(way, receiver.changed()).await {
                got.extend(*receiver.borrow_and_update());
            }
            let ended = !receiver.has_changed() && matches!(way, Way::ToTheEnd);
            if ended && (got.last().copied() != *latest.borrow() || !in_order(&got)) {
                wrong.borrow_mut().push(got);
            }
        });
    }
    drop(sender);
    if let Some(at) = program.run(100)?.first() {
        return Err(format!("task {at} waits for ever"));
    }
    drop((program, first));
    let wrong = wrong.borrow();
    match wrong.first() {
        None => Ok(()),
        Some(got) => Err(format!("the last is {:?}, got {got:?}", latest.borrow())),
    }
}

proptest! {
    /// The value of a oneshot is received, given back or dropped, and no receiver waits for a sender
    /// that has gone.
    #[test]
    fn values_of_oneshots_are_conserved(tasks in tasks()) {
        prop_assert_eq!(oneshots(&tasks), Ok(()));
    }

    /// A receiver that reads to the end got or missed each value, in order.
    #[test]
    fn values_of_broadcasts_are_conserved(tasks in tasks()) {
        prop_assert_eq!(broadcasts(&tasks), Ok(()));
    }

    /// A receiver that reads to the end saw the last value.
    #[test]
    fn the_last_value_of_a_watch_is_seen(tasks in tasks()) {
        prop_assert_eq!(watches(&tasks), Ok(()));
    }
}
