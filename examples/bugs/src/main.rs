//! Finds the bugs of the cache, the lock and the relay.

use std::rc::Rc;
use std::time::Duration;

use bugs::{Cache, FairLock, relay};
use groundup::net::{Network, open_connection, start_server};
use groundup::{Queue, sleep, spawn_named, timeout, yield_now};
use groundup_testkit::{Case, Explore, cancel_everywhere};

const SECOND: Duration = Duration::from_secs(1);

fn main() {
    // The cache: no order of a reader and a writer leaves an old value in it.
    let found = Explore::new().check(|| async {
        let cache = Rc::new(Cache::default());
        cache.source.borrow_mut().insert("tea", 1);
        let (one, other) = (cache.clone(), cache.clone());
        let reader = spawn_named("reader", async move { one.get("tea").await });
        let writer = spawn_named("writer", async move { other.set("tea", 2).await });
        reader.await.unwrap();
        writer.await.unwrap();
        assert_eq!(cache.get("tea").await, Some(2), "the cache is out of date");
    });
    println!("{}\n", found.unwrap_err());

    // The lock: however its users end, it is free in the end.
    let report = cancel_everywhere(|| {
        let lock = Rc::new(FairLock::default());
        let free = lock.clone();
        Case::new(async move {
            let users = ["first", "second"].map(|name| {
                let lock = lock.clone();
                spawn_named(name, async move { lock.with(yield_now()).await })
            });
            for user in users {
                user.await.ok();
            }
        })
        .law(move || free.is_free())
    });
    report.broken().for_each(|found| println!("{found}\n"));

    // The relay: a client that hangs up and comes back gets both lines, also if timers are late.
    let found = Explore::new().late([SECOND / 5]).check(|| async {
        let (network, outbox) = (Network::new(), Rc::new(Queue::unbounded()));
        let (host, lines) = (network.host("relay"), outbox.clone());
        let serve = move |reader, writer| relay(lines.clone(), reader, writer);
        let server = host.run(start_server("0.0.0.0", 80, serve)).await.unwrap();
        let client = spawn_named("client", async {
            for line in ["one\n", "two\n"] {
                let (mut reader, _writer) = open_connection("relay", 80).await.unwrap();
                let read = timeout(9 * SECOND, reader.readline()).await;
                assert_eq!(read.expect("the line is lost").unwrap(), line.as_bytes());
                sleep(9 * SECOND / 10).await; // and hang up
            }
        });
        outbox.put_nowait("one\n").unwrap();
        sleep(SECOND).await;
        outbox.put_nowait("two\n").unwrap();
        client.await.unwrap();
        server.close();
    });
    println!("{}", found.unwrap_err());
}
