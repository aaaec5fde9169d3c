//! Sets that are waited for again and again: `keep` and `kept`.
//!
//! Invariants
//! 1. A set is out of its `KeptSet` during a wait, so no statement adds to it.
//!
//! Read next: `scopes.rs`, deadlines and groups.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use groundup::{TaskRef, WaitSet};

use crate::bound::{Bound, KeptSet, Listing, Output, Stop};
use crate::interpreter::Run;
use crate::program::{Mode, Us};
use crate::waiting::{names, span, when};

impl KeptSet {
    pub(crate) fn new() -> Self {
        KeptSet {
            set: RefCell::new(Some(WaitSet::new())),
            texts: RefCell::default(),
            known: Cell::default(),
        }
    }

    pub(crate) fn extend(&self, members: Vec<Listing>) {
        for (text, waitable) in members {
            let task = waitable.task();
            self.texts.borrow_mut().push((text, task.task_ref()));
            if let Some(set) = &mut *self.set.borrow_mut() {
                set.add(task);
            }
        }
    }
}

/// Holds the set of a `KeptSet` during a wait, and puts it back however the wait ends.
struct Lent<'a> {
    kept: &'a KeptSet,
    set: Option<WaitSet<Output>>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.kept.set.replace(self.set.take());
    }
}

impl Run {
    pub(crate) async fn kept(
        self: &Rc<Self>,
        who: &str,
        name: &str,
        mode: Mode,
        within: Option<Us>,
    ) -> Result<(), Stop> {
        let Bound::Kept(kept) = self.find(name)? else {
            return Err(Stop::error("WrongKind"));
        };
        let set = kept.set.take().ok_or_else(|| Stop::error("InUse"))?;
        let mut lent = Lent {
            kept: &kept,
            set: Some(set),
        };
        let set = lent.set.as_mut().expect("it was lent just now");
        if set.is_empty() {
            return Err(Stop::error("Empty"));
        }
        self.tally.count(
            "a kept set is waited for",
            match kept.known.replace(true) {
                false => "",
                true => "again",
            },
        );
        let waiting = set.wait(when(mode)).errors_count();
        let done = waiting.timeout(within.map_or(Duration::MAX, span)).await;
        let mut texts = kept.texts.take();
        let mut out = Vec::new();
        for task in done {
            let of = |(_, known): &(String, TaskRef)| known == task.as_task_ref();
            let at = texts
                .iter()
                .position(of)
                .expect("what is done was in the set");
            out.push(texts.remove(at).0);
        }
        let (done, pending) = (names(&out), names(texts.iter().map(|(text, _)| text)));
        self.emit(who, &format!("kept: done [{done}] pending [{pending}]"));
        kept.texts.replace(texts);
        Ok(())
    }
}
