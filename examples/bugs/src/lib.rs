//! A cache, a lock and a relay of messages, each with a bug.
//!
//! Tests by hand do not find the bugs. They pass, first in, first out. The program `src/main.rs` runs them under other schedules,
//! and cancels them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::rc::Rc;

use groundup::net::{StreamReader, StreamWriter};
use groundup::{Promise, Queue, Selected, select, yield_now};

/// A cache before a source of values.
#[derive(Default)]
pub struct Cache {
    /// The values that a user changes.
    pub source: RefCell<BTreeMap<&'static str, u32>>,
    kept: RefCell<BTreeMap<&'static str, u32>>,
}

impl Cache {
    /// Returns a value from the cache, or from the source.
    pub async fn get(&self, key: &'static str) -> Option<u32> {
        if let Some(value) = self.kept.borrow().get(key) {
            return Some(*value);
        }
        let value = *self.source.borrow().get(key)?;
        yield_now().await; // the value travels
        self.kept.borrow_mut().insert(key, value); // bug: it may have been replaced meanwhile
        Some(value)
    }

    /// Replaces a value in the source, and forgets the one in the cache.
    pub async fn set(&self, key: &'static str, value: u32) {
        yield_now().await; // the value travels
        self.source.borrow_mut().insert(key, value);
        self.kept.borrow_mut().remove(key);
    }
}

/// A lock that is passed from the holder to the first in the line.
#[derive(Default)]
pub struct FairLock {
    held: Cell<bool>,
    line: RefCell<VecDeque<Promise<()>>>,
}

impl FairLock {
    /// Runs `work` while no other task does.
    pub async fn with(&self, work: impl Future<Output = ()>) {
        if self.held.replace(true) {
            let turn = Promise::new();
            self.line.borrow_mut().push_back(turn.clone());
            turn.await.ok(); // bug: the turn is lost if this task is cancelled when it has come
        }
        let _free = Free(self);
        work.await;
    }

    /// Returns true if no task is inside.
    pub fn is_free(&self) -> bool {
        !self.held.get()
    }
}

struct Free<'a>(&'a FairLock);

impl Drop for Free<'_> {
    fn drop(&mut self) {
        let mut line = self.0.line.borrow_mut();
        let next = std::iter::from_fn(|| line.pop_front()).find(|turn| turn.set_result(()).is_ok());
        self.0.held.set(next.is_some());
    }
}

/// Sends each line of an outbox to a client, until the client hangs up.
///
/// # Errors
///
/// Those of the connection.
pub async fn relay(
    outbox: Rc<Queue<&'static str>>,
    mut reader: StreamReader,
    mut writer: StreamWriter,
) -> io::Result<()> {
    loop {
        match select((outbox.get(), reader.readline())).await {
            Selected::First(Ok(line)) => writer.write(line.as_bytes()),
            _ => return Ok(()), // it has hung up
        }
        writer.drain().await?; // bug: the line is out of the outbox, and the client may be gone
    }
}
