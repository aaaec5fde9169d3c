//! A place in the room, from entering to leaving.

use std::rc::Rc;

use groundup::{Event, Queue};

use super::Room;

/// Most texts that wait for a member.
const WAITING: usize = 100;

/// Most characters of a text.
const TEXT: usize = 500;

/// Most characters of a name.
const NAME: usize = 24;

/// A member, and the texts that wait for it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) news: Queue<String>,
    pub(super) is_too_slow: Event,
}

/// A place in the room. Its drop leaves the room.
pub(super) struct Seat<'a> {
    room: &'a Room,
    number: u64,
    pub(super) member: Rc<Member>,
}

impl Room {
    /// Gives a new member a place, and tells all.
    pub(super) fn enter(&self, wanted: &str) -> Seat<'_> {
        let number = self.entered.get() + 1;
        self.entered.set(number);
        // The marks of a text: "name: text", "* news".
        let wanted = cleaned(&wanted.replace([':', '*', ','], " "), NAME);
        let wanted = if wanted.is_empty() {
            "guest".into()
        } else {
            wanted
        };
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
            let put = member.news.put_nowait(text.to_string());
            if put.is_err() && !self.is_closed.get() {
                member.is_too_slow.set();
            }
        }
    }
}

impl Seat<'_> {
    /// Takes a text of the member.
    pub(super) fn say(&self, text: &str) {
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
        self.room
            .tell_all(&format!("* {} has left", self.member.name));
        if self.room.members.borrow().is_empty() {
            self.room.is_empty.set();
        }
    }
}

/// Returns why a name is refused, if it is. With characters that are invisible, or turn the text behind
/// them, two names look the same, or one looks as news of the room.
pub(super) fn refusal(name: &str) -> Option<String> {
    let hides = |c: &char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{feff}')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    let found = name.trim().chars().find(hides)?;
    Some(format!(
        "a name must not have U+{:04X}, which is invisible or turns text: choose another name",
        u32::from(found)
    ))
}

/// Returns a text without line breaks and other control characters, and not longer than `most`.
fn cleaned(text: &str, most: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let plain: String = plain.take(most).collect();
    plain.trim().to_string()
}
