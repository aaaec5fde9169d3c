//! The room: each text goes to all, and a slow member delays no other.
//!
//! | | |
//! |---|---|
//! | a member that reads too slowly | has 100 texts waiting, and is put out |
//! | a text that is too long | is refused, and its sender reads why |
//! | a name that is in use | gets a number |
//! | a name with invisible characters | is refused: it could look as another one |

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Event, race, time, timeout, timeout_at};

use super::transport::{End, Hears, Speaks, TooLong};
use seat::Member;

mod seat;

/// The delay between two questions whether a silent member is there.
const PING: Duration = Duration::from_secs(20);

/// How long a member may take to read why it is put out.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why members leave when the server ends.
const CLOSED: &str = "the chat is closed";

/// The members that are in the room.
#[derive(Default)]
pub struct Room {
    members: RefCell<BTreeMap<u64, Rc<Member>>>,
    entered: Cell<u64>,
    is_closed: Cell<bool>,
    /// Set while the room is empty.
    is_empty: Event,
}

impl Room {
    /// Makes an empty room.
    pub fn new() -> Rc<Self> {
        let room = Room::default();
        room.is_empty.set();
        Rc::new(room)
    }

    /// Returns the names of the members, in the order in which they came.
    pub fn names(&self) -> Vec<String> {
        let members = self.members.borrow();
        members.values().map(|member| member.name.clone()).collect()
    }

    /// Asks all members to leave, and waits until they have, but not longer than the limit.
    pub async fn close(&self, limit: Duration) {
        self.is_closed.set(true);
        for member in self.members.borrow().values() {
            member.news.shutdown();
        }
        _ = timeout(limit, self.is_empty.wait()).await;
    }

    /// Has a member take part, from its entering to its leaving. Returns why it has left.
    ///
    /// # Errors
    ///
    /// If its connection breaks.
    pub async fn take_part(
        &self,
        name: &str,
        mut hears: impl Hears,
        mut speaks: impl Speaks,
    ) -> io::Result<&'static str> {
        if let Some(reason) = seat::refusal(name) {
            let said = timeout(FAREWELL, speaks.end(End::Refused, &reason)).await;
            drop(said);
            return Ok("was not let in");
        }
        let seat = self.enter(name);
        let listens = async {
            while let Some(text) = hears.hear().await? {
                seat.say(&text);
            }
            io::Result::Ok("has left")
        };
        let tells = async {
            let mut next_ping = time() + PING;
            loop {
                match timeout_at(next_ping, seat.member.news.get()).await {
                    Ok(Ok(text)) => speaks.say(&text).await?,
                    Ok(Err(_shut_down)) => break,
                    Err(_elapsed) => {}
                }
                if time() >= next_ping {
                    speaks.ping().await?;
                    next_ping = time() + PING;
                }
            }
            io::Result::Ok(CLOSED)
        };
        let is_too_slow = async {
            seat.member.is_too_slow.wait().await;
            io::Result::Ok("you read too slowly")
        };
        let left = race((listens, tells, is_too_slow)).await;
        let (how, reason) = match &left {
            Ok(CLOSED) => (End::Closed, CLOSED.to_string()),
            Ok(reason) => (End::Usual, (*reason).to_string()),
            Err(error) if TooLong::is_reason_of(error) => (End::TooLong, error.to_string()),
            Err(error) => (End::Usual, error.to_string()),
        };
        // A peer that does not read is not waited for.
        let said = timeout(FAREWELL, speaks.end(how, &reason)).await;
        drop(said);
        left
    }
}
