//! A seeded chat with a partition, whose trace repeats to the byte.
//!
//! The problem: a chat on a real network never runs twice in the same way. In memory a seed is the
//! whole weather: jitter, order, and the moment of the partition are part of the run. And if the
//! partition is not healed, the report says who waits for whom.
//!
//! Read next: `memory/network.rs`.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use groundup_io::combinators::gather;
use groundup_io::executor::{EventLoop, RunError, sleep, spawn_named};
use groundup_io::sync::broadcast;
use groundup_io::trace::{Recorder, Recording, Replay, Seeded};
use groundup_io::{Network, StreamReader, StreamWriter, open_connection, start_server};

use crate::setup::*;

const NAMES: [&str; 3] = ["ann", "bob", "cid"];
const LINES: usize = 4;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Sends each line of each client to all clients.
async fn serve() -> io::Result<()> {
    let (sender, _) = broadcast::<Vec<u8>>(100);
    let handler = move |mut reader: StreamReader, mut writer: StreamWriter| {
        let (sender, mut receiver) = (sender.clone(), sender.subscribe());
        async move {
            let passing = spawn_named("passing", async move {
                while let Ok(line) = receiver.recv().await {
                    writer.write(&line);
                    if writer.drain().await.is_err() {
                        break;
                    }
                }
            });
            let _passing = passing.cancel_on_drop();
            loop {
                let line = reader.readline().await?;
                if line.is_empty() {
                    return Ok(());
                }
                drop(sender.send(line));
            }
        }
    };
    let server = start_server("0.0.0.0", 7000, handler).await?;
    server.serve_forever().await;
    Ok(())
}

/// Says some lines, and returns all that it heard, its own lines among them.
async fn chat(name: &'static str) -> io::Result<Vec<String>> {
    let (mut reader, mut writer) = open_connection("server", 7000).await?;
    let saying = spawn_named(format!("{name} says"), async move {
        sleep(millis(300)).await; // until all are there
        for number in 1..=LINES {
            writer.write(format!("{name} {number}\n").as_bytes());
            writer.drain().await?;
            sleep(millis(100)).await;
        }
        Ok::<_, io::Error>(writer)
    });
    let mut heard = Vec::new();
    while heard.len() < NAMES.len() * LINES {
        let line = reader.readline().await?;
        heard.push(String::from_utf8_lossy(&line).trim_end().to_string());
    }
    drop(saying.await.map_err(io::Error::other)??);
    Ok(heard)
}

/// Runs the chat; `bob` is cut off in the middle. Returns what each has heard.
async fn evening(heals: bool) -> Vec<Vec<String>> {
    let network = Network::builder()
        .latency(millis(20))
        .jitter(millis(40))
        .build();
    let (server, bob) = (network.host("server"), network.host("bob"));
    let serving = spawn_named("server", server.run(serve())).cancel_on_drop();
    let weather = spawn_named("weather", {
        let network = network.clone();
        async move {
            sleep(millis(450)).await;
            network.partition(&bob, &server);
            sleep(millis(2000)).await;
            if heals {
                network.heal(&bob, &server);
            }
        }
    });
    sleep(millis(1)).await; // the server listens
    let chats = NAMES.map(|name| spawn_named(name, network.host(name).run(chat(name))));
    let heard = gather(chats).await.unwrap();
    weather.await.unwrap();
    drop(serving);
    sleep(millis(1000)).await; // the ends arrive
    assert_is_empty(&network);
    heard.into_iter().map(Result::unwrap).collect()
}

/// Runs the chat under a chooser, and returns what was heard, and the trace.
fn run(chooser: impl groundup_io::trace::Chooser + 'static) -> (Vec<Vec<String>>, String) {
    let recorder = Recorder::new();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .chooser(chooser)
        .trace(recorder.clone())
        .build();
    let heard = event_loop.run_until_complete(evening(true));
    (
        heard.unwrap_or_else(|error| panic!("{error}")),
        recorder.text(),
    )
}

#[test]
fn a_seed_repeats_the_whole_evening_to_the_byte() {
    let mut evenings = std::collections::BTreeSet::new();
    for seed in 0..10 {
        let recording = Recording::new(Seeded::new(seed));
        let first = run(recording.clone());
        assert_eq!(run(Seeded::new(seed)), first, "seed {seed}");
        assert_eq!(run(Replay::new(recording.choices())), first, "seed {seed}");
        for heard in &first.0 {
            let mut sorted = heard.clone();
            sorted.sort();
            let said = |name| (1..=LINES).map(move |number| format!("{name} {number}"));
            let all: Vec<String> = NAMES.into_iter().flat_map(said).collect();
            assert_eq!(sorted, all, "each hears each line once");
            for name in NAMES {
                let own: Vec<_> = heard.iter().filter(|line| line.starts_with(name)).collect();
                assert!(own.is_sorted(), "in the order of its speaker: {heard:?}");
            }
            assert_eq!(*heard, first.0[0], "the server has one order");
        }
        evenings.insert(first.0);
    }
    assert!(evenings.len() > 5, "seeds differ: {}", evenings.len());
}

#[test]
fn a_partition_that_is_not_healed_is_reported_with_names() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let reports = Rc::<RefCell<Vec<String>>>::default();
    let RunError::Deadlock(deadlock) = event_loop.run_until_complete(evening(false)).unwrap_err()
    else {
        panic!("it is a deadlock");
    };
    for stuck in &deadlock.stuck {
        reports.borrow_mut().push(stuck.to_string());
    }
    let text = reports.take().join("\n");
    assert!(
        text.contains("waits for data from server (10.0.0.2:7000)"),
        "{text}"
    );
    assert!(
        text.contains("waits for a connection at server (0.0.0.0:7000)"),
        "{text}"
    );
    let bob = text.lines().find(|line| line.starts_with("bob (")).unwrap();
    assert!(
        bob.contains("waits for data from server (10.0.0.2:7000) (connected at "),
        "{bob}"
    );
}
