//! The room: each text goes to all members, and a slow member delays nobody.
//!
//! | | |
//! |---|---|
//! | a member that reads too slowly | has 100 texts waiting, and is put out |
//! | a text that is too long | is refused, and its sender is told so |
//! | a name that is in use | gets a number |

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Event, Queue, race, time, timeout, timeout_at};

use super::transport::{Hears, Speaks};

/// Most texts that wait for a member.
const WAITING: usize = 100;

/// Most characters of a text.
pub const TEXT: usize = 500;

/// Most characters of a name.
const NAME: usize = 24;

/// The delay between two questions whether a silent member is there.
const PING: Duration = Duration::from_secs(20);

/// The members that are in the room.
#[derive(Default)]
pub struct Room {
    members: RefCell<BTreeMap<u64, Rc<Member>>>,
    entered: Cell<u64>,
    is_closed: Cell<bool>,
    /// Set while the room is empty.
    is_empty: Event,
}

/// A member, and the texts that wait for it.
#[derive(Debug)]
struct Member {
    name: String,
    news: Queue<String>,
    is_too_slow: Event,
}

/// A place in the room. Its drop leaves the room.
struct Seat<'a> {
    room: &'a Room,
    number: u64,
    member: Rc<Member>,
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
            io::Result::Ok("the chat is closed")
        };
        let is_too_slow = async {
            seat.member.is_too_slow.wait().await;
            io::Result::Ok("you read too slowly")
        };
        let left = race((listens, tells, is_too_slow)).await;
        let reason = match &left {
            Ok(reason) => (*reason).to_string(),
            Err(error) => error.to_string(),
        };
        // A peer that does not read is not waited for.
        let said = timeout(Duration::from_secs(1), speaks.end(&reason)).await;
        drop(said);
        left
    }

    fn enter(&self, wanted: &str) -> Seat<'_> {
        let number = self.entered.get() + 1;
        self.entered.set(number);
        let wanted = cleaned(wanted, NAME);
        let wanted = if wanted.is_empty() { "guest".into() } else { wanted };
        let names = self.names();
        let mut name = wanted.clone();
        for again in 2.. {
            if !names.contains(&name) {
                break;
            }
            name = format!("{wanted} {again}");
        }
        let news = Queue::new(WAITING).named(format!("news for {name}"));
        let is_too_slow = Event::new();
        let member = Rc::new(Member {
            name,
            news,
            is_too_slow,
        });
        if self.is_closed.get() {
            member.news.shutdown();
        }
        self.members.borrow_mut().insert(number, member.clone());
        self.is_empty.clear();
        let names = self.names().join(", ");
        self.tell_all(&format!("* {} has come; here are: {names}", member.name));
        Seat {
            room: self,
            number,
            member,
        }
    }

    /// Puts a text into the queue of each member.
    fn tell_all(&self, text: &str) {
        for member in self.members.borrow().values() {
            if member.news.put_nowait(text.to_string()).is_err() {
                member.is_too_slow.set(); // its queue is full, or closed
            }
        }
    }
}

impl Seat<'_> {
    fn say(&self, text: &str) {
        let Member { name, news, .. } = &*self.member;
        match text.chars().count() > TEXT {
            true => {
                let refused = format!("* a text has at most {TEXT} characters: send it in parts");
                drop(news.put_nowait(refused));
            }
            false => {
                let text = cleaned(text, TEXT);
                if !text.is_empty() {
                    self.room.tell_all(&format!("{name}: {text}"));
                }
            }
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.room.members.borrow_mut().remove(&self.number);
        self.room.tell_all(&format!("* {} has left", self.member.name));
        if self.room.members.borrow().is_empty() {
            self.room.is_empty.set();
        }
    }
}

/// Returns a text without line breaks and other control characters, and not longer than `most`.
fn cleaned(text: &str, most: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let plain: String = plain.take(most).collect();
    plain.trim().to_string()
}
