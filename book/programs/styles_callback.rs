//! Callback style: another function goes on later

use groundup::Promise;

use super::styles_site::{Answer, Ask, HOSTS, ask, say};

/// Downloads a page. Returns at once, and calls `done` at the end.
fn wget(host: &'static str, done: impl FnOnce(Answer) + 'static) {
    ask(Ask::Find(host.into()), move |found| match found {
        Err(error) => done(Err(error)),
        Ok(address) => read(host, address, 0, String::new(), done),
    });
}

/// The loop over the parts: a function that has itself called again.
fn read(
    host: &'static str,
    address: String,
    part: usize,
    mut page: String,
    done: impl FnOnce(Answer) + 'static,
) {
    ask(Ask::Read(address.clone(), part), move |came| match came {
        Err(error) => done(Err(error)),
        Ok(text) if text.is_empty() => done(Ok(page)),
        Ok(text) => {
            say(host, &text);
            page += &text;
            read(host, address, part + 1, page, done)
        }
    });
}

pub async fn main() {
    let ends = HOSTS.map(|host| {
        let end = Promise::new();
        let ends = end.clone();
        wget(host, move |page| ends.set_result(page).unwrap());
        end
    });
    for (host, end) in HOSTS.into_iter().zip(ends) {
        say(host, &format!("{:?}", end.await.unwrap()));
    }
}
