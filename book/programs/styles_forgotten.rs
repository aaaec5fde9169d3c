//! A callback that forgets to hand the end on

use groundup::{EventLoop, Promise, RunError};

use super::styles_site::{Answer, Ask, ask};

fn find(host: &str, done: impl FnOnce(Answer) + 'static) {
    ask(Ask::Find(host.into()), move |found| match found {
        Err(error) => drop(error), // and `done` is forgotten
        Ok(address) => done(Ok(address)),
    });
}

pub fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    for host in ["bakery", "nowhere"] {
        let ended = event_loop.run_until_complete(async {
            let end = Promise::new();
            let ends = end.clone();
            find(host, move |found| ends.set_result(found).unwrap());
            end.await.unwrap()
        });
        match ended {
            Ok(found) => println!("{host}: {found:?}"),
            Err(RunError::Deadlock(_)) => println!("{host}: deadlock"),
            Err(other) => println!("{host}: {other}"),
        }
    }
}
