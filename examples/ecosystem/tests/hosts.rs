//! The loop as a guest of tokio and of smol.
//!
//! Its tasks await sockets, timers and tasks of both.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use groundup::host::{Guest, SmolHost, TokioHost, run_in};
use groundup::{
    EventLoop, RunError, all_tasks, gather, remote, sleep, spawn, task_group, time, timeout,
    yield_now,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

#[path = "support/patience.rs"]
mod patience;

use patience::patiently;

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn paused() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An echo over tokio's sockets, with both ends in tasks of the guest, and a task of tokio between.
async fn echo_over_tokio(rounds: usize) -> usize {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut reader, mut writer) = stream.split();
        tokio::io::copy(&mut reader, &mut writer).await.unwrap()
    });
    let client = spawn(async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut came = [0; 64];
        for n in 0..rounds {
            let sent = tokio::spawn(async move { [n as u8; 64] }).await.unwrap();
            stream.write_all(&sent).await.unwrap();
            stream.read_exact(&mut came).await.unwrap();
            assert_eq!(came, sent);
        }
    });
    client.await.unwrap();
    server.await.unwrap() as usize / 64
}

async fn patient_echo(rounds: usize) -> usize {
    run_in(TokioHost::new(), patiently(echo_over_tokio(rounds))).await
}

#[test]
fn tokios_sockets_and_tasks_are_awaited_in_a_guest_of_each_of_its_runtimes() {
    let two = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    for runtime in [current_thread(), two] {
        let echoed = runtime.block_on(patient_echo(50));
        assert_eq!(echoed, 50);
        let local = LocalSet::new();
        let in_set = local.run_until(patient_echo(50));
        assert_eq!(runtime.block_on(in_set), 50);
        let spawned = async { tokio::task::spawn_local(patient_echo(5)).await.unwrap() };
        assert_eq!(runtime.block_on(LocalSet::new().run_until(spawned)), 5);
    }
}

#[test]
fn timers_of_both_wake_a_guest() {
    current_thread().block_on(run_in(
        TokioHost::new(),
        patiently(async {
            let ours = spawn(sleep(millis(3)));
            let theirs = spawn(tokio::time::sleep(millis(2)));
            gather((ours, theirs)).await.unwrap();
            let blocking = tokio::task::spawn_blocking(|| 5);
            assert_eq!(
                timeout(Duration::from_secs(60), blocking)
                    .await
                    .unwrap()
                    .unwrap(),
                5
            );
            // A deadline of ours over a sleep of theirs.
            let late = timeout(millis(1), tokio::time::sleep(Duration::from_secs(3600))).await;
            assert!(late.is_err());
        }),
    ));
}

#[test]
fn in_paused_time_a_day_of_ours_takes_no_time() {
    let now = paused().block_on(run_in(TokioHost::new(), async {
        let hour = Duration::from_secs(3600);
        let ours = spawn(sleep(23 * hour));
        tokio::time::sleep(hour).await;
        assert_eq!(time().since_start(), hour);
        ours.await.unwrap();
        sleep(hour).await;
        time()
    }));
    assert_eq!(now.since_start(), Duration::from_secs(24 * 3600));
}

#[test]
fn a_task_reads_a_thousand_messages_of_tokio_in_one_step() {
    let steps = current_thread().block_on(run_in(TokioHost::new(), async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1000);
        for n in 0..1000 {
            sender.try_send(n).unwrap();
        }
        let before = groundup::iteration();
        for n in 0..1000 {
            assert_eq!(receiver.recv().await, Some(n));
        }
        groundup::iteration() - before
    }));
    assert_eq!(steps, 0, "tokio's budget does not interrupt the step");
}

#[test]
fn a_guest_shares_its_thread_with_the_tasks_of_a_local_set() {
    let local = LocalSet::new();
    let turns = Rc::new(Cell::new(0));
    let copy = turns.clone();
    let both = async move {
        let other = tokio::task::spawn_local(async move {
            for _ in 0..10 {
                copy.set(copy.get() + 1);
                tokio::task::yield_now().await;
            }
        });
        let seen = turns.clone();
        run_in(
            TokioHost::new(),
            patiently(async move {
                spawn(async {
                    loop {
                        yield_now().await; // it is never idle
                    }
                })
                .detach();
                while seen.get() < 10 {
                    yield_now().await;
                }
            }),
        )
        .await;
        other.await.unwrap();
        turns.get()
    };
    assert_eq!(current_thread().block_on(local.run_until(both)), 10);
}

#[test]
fn a_future_of_a_guest_that_loses_a_select_is_dropped_with_its_tasks() {
    paused().block_on(async {
        let guest = run_in(TokioHost::new(), async {
            spawn(std::future::pending::<()>()).detach();
            sleep(Duration::from_secs(3600)).await;
        });
        let late = tokio::time::timeout(millis(5), guest).await;
        assert!(late.is_err());
        assert_eq!(
            run_in(TokioHost::new(), async { all_tasks().len() }).await,
            1
        );
    });
}

#[test]
fn two_guests_of_one_host_talk_over_its_channels() {
    let (to, mut from) = tokio::sync::mpsc::channel(1);
    let (back, mut answers) = tokio::sync::mpsc::channel(1);
    paused().block_on(async {
        let one = run_in(TokioHost::new(), async move {
            for n in 0..10 {
                sleep(millis(1)).await;
                to.send(n).await.unwrap();
                assert_eq!(answers.recv().await, Some(2 * n));
            }
        });
        let other = run_in(TokioHost::new(), async move {
            while let Some(n) = from.recv().await {
                sleep(millis(1)).await;
                back.send(2 * n).await.unwrap();
            }
        });
        groundup::join((one, other)).await;
    });
}

#[test]
fn a_thread_calls_a_guest_of_tokio() {
    let value = current_thread().block_on(run_in(
        TokioHost::new(),
        patiently(async {
            let remote = remote();
            let called = tokio::task::spawn_blocking(move || remote.spawn(|| async { 5 }).wait());
            called.await.unwrap().unwrap()
        }),
    ));
    assert_eq!(value, 5);
}

#[test]
fn the_panic_of_a_child_is_an_error_of_its_group_and_of_main_goes_on_in_tokio() {
    let runtime = current_thread();
    let failed = runtime.block_on(run_in(
        TokioHost::new(),
        patiently(async {
            task_group(async |group| {
                group.spawn(async {
                    tokio::time::sleep(millis(1)).await;
                    panic!("out of paper");
                    #[allow(unreachable_code)]
                    Ok::<_, std::io::Error>(())
                });
                Ok(())
            })
            .await
            .is_err()
        }),
    ));
    assert!(failed);
    let main = run_in(TokioHost::new(), async { panic!("out of ink") });
    let local = LocalSet::new();
    let joined = runtime.block_on(local.run_until(async { tokio::task::spawn_local(main).await }));
    assert!(joined.unwrap_err().is_panic());
}

#[test]
fn a_guest_without_a_host_panics_and_says_why() {
    let without_timers = Builder::new_current_thread().build().unwrap();
    let panicked = std::panic::catch_unwind(|| {
        without_timers.block_on(run_in(TokioHost::new(), sleep(millis(1))));
    });
    let text = panicked.unwrap_err();
    let text = text.downcast_ref::<String>().map_or("", String::as_str);
    assert!(text.contains("enable_time"), "{text}");
}

#[test]
fn smols_sockets_are_awaited_in_a_guest_of_each_of_its_executors() {
    async fn echo() -> Vec<u8> {
        let listener = async_net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            futures_lite::io::copy(stream.clone(), stream)
                .await
                .unwrap()
        });
        let mut stream = async_net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"tea").await.unwrap();
        sleep(millis(2)).await;
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut came = Vec::new();
        stream.read_to_end(&mut came).await.unwrap();
        assert_eq!(server.await.unwrap(), 3);
        came
    }
    assert_eq!(
        async_io::block_on(run_in(SmolHost::new(), patiently(echo()))),
        b"tea"
    );
    assert_eq!(
        futures_lite::future::block_on(run_in(SmolHost::new(), patiently(echo()))),
        b"tea"
    );
    let executor = async_executor::LocalExecutor::new();
    let task = executor.spawn(run_in(SmolHost::new(), patiently(echo())));
    assert_eq!(async_io::block_on(executor.run(task)), b"tea");
}

#[test]
fn a_guest_in_a_loop_of_ours_is_an_error_and_a_loop_in_a_guest_too() {
    let guest = Guest::new(SmolHost::new());
    let refused = groundup::run(async { guest.run(async {}).await });
    assert!(matches!(refused, Err(RunError::AnotherLoopRuns)));
    let inner = EventLoop::new();
    let refused = async_io::block_on(guest.run(async move { inner.run_until_complete(async {}) }));
    assert!(matches!(refused.unwrap(), Err(RunError::AnotherLoopRuns)));
}
