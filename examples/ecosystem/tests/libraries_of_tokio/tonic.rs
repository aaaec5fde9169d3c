//! gRPC by `tonic`: its server and its client, in tasks of a guest.
//!
//! The server accepts connections in a task of the guest, and tonic answers each in a task of tokio, which
//! may run on another thread. Where the guest itself has the answer, the handler asks it by a `Remote`.

mod tea;

use std::net::SocketAddr;

use groundup::{Deadline, spawn, time, try_gather, yield_now};
use tonic::Code;

use super::in_guests;
use super::refusing::Refusing;
use tea::{Client, Tea};

#[test]
fn a_call_returns_a_message_or_a_status() {
    in_guests(|| async {
        let tea = Tea::serve();
        let client = Client::connect(tea.address).await.unwrap();
        let cup = client.call("/Tea/Brew", "mint").await;
        assert_eq!(cup.unwrap(), "a cup of mint");
        let status = client.call("/Tea/Spill", "mint").await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
        assert_eq!(status.message(), "no such call");
    });
}

#[test]
fn twenty_calls_are_gathered() {
    in_guests(|| async {
        let tea = Tea::serve();
        let client = Client::connect(tea.address).await.unwrap();
        let tasks = (0..20).map(|number| {
            let client = client.clone();
            spawn(async move { client.call("/Tea/Brew", &format!("kind {number}")).await })
        });
        let cups = try_gather(tasks.collect::<Vec<_>>()).await;
        let expected: Vec<_> = (0..20)
            .map(|number| format!("a cup of kind {number}"))
            .collect();
        assert_eq!(cups.unwrap(), expected);
    });
}

#[test]
fn a_handler_asks_a_task_of_the_guest() {
    in_guests(|| async {
        let tea = Tea::serve();
        let client = Client::connect(tea.address).await.unwrap();
        let answer = client.call("/Tea/Ask", "milk").await;
        assert_eq!(answer.unwrap(), "the guest says yes to milk");
    });
}

#[test]
fn a_stream_of_the_server_is_read_to_its_end() {
    in_guests(|| async {
        let mut tea = Tea::serve();
        let client = Client::connect(tea.address).await.unwrap();
        let mut poured = client.pour(1000).await.unwrap();
        for cup in 0..1000 {
            assert_eq!(poured.message().await.unwrap(), Some(cup));
        }
        assert_eq!(poured.message().await.unwrap(), None);
        assert_eq!(tea.told.recv().await, Some("ended"));
    });
}

#[test]
fn a_stream_that_is_dropped_ends_at_the_server() {
    in_guests(|| async {
        let mut tea = Tea::serve();
        let client = Client::connect(tea.address).await.unwrap();
        let mut poured = client.pour(u32::MAX).await.unwrap();
        for cup in 0..3 {
            assert_eq!(poured.message().await.unwrap(), Some(cup));
        }
        drop(poured);
        assert_eq!(tea.told.recv().await, Some("ended"));
    });
}

#[test]
fn a_deadline_of_ours_cancels_a_call_also_at_the_server() {
    in_guests(|| async {
        let mut tea = Tea::serve();
        let client = Client::connect(tea.address).await.unwrap();
        // Its time comes when the server has begun, however long that takes.
        let deadline = Deadline::never();
        let steeps = client.clone();
        let inside = deadline.clone();
        let call = spawn(async move { inside.run(steeps.call("/Tea/Steep", "mint")).await });
        assert_eq!(tea.told.recv().await, Some("began"));
        deadline.reschedule(Some(time())).unwrap();
        assert!(call.await.unwrap().is_err());
        assert!(deadline.expired());
        assert_eq!(tea.told.recv().await, Some("ended"));
        // The client still works.
        let cup = client.call("/Tea/Brew", "mint").await;
        assert_eq!(cup.unwrap(), "a cup of mint");
    });
}

#[test]
fn a_port_that_refuses_is_an_error() {
    let refusing = Refusing::new();
    let closed = SocketAddr::from(([127, 0, 0, 1], refusing.port));
    in_guests(move || async move {
        let error = Client::connect(closed).await.map(drop).unwrap_err();
        assert!(
            format!("{error:?}").contains("ConnectionRefused"),
            "{error:?}"
        );
        let lazy = Client::lazy(closed);
        let status = lazy.call("/Tea/Brew", "mint").await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    });
}

#[test]
fn an_event_of_ours_ends_the_server_after_its_calls() {
    in_guests(|| async {
        let mut tea = Tea::serve();
        let client = Client::connect(tea.address).await.unwrap();
        let steeps = client.clone();
        let call = spawn(async move { steeps.call("/Tea/Steep", "mint").await });
        assert_eq!(tea.told.recv().await, Some("began"));
        tea.close.set();
        // The server refuses new connections, and waits for the call.
        while Client::connect(tea.address).await.is_ok() {
            yield_now().await;
        }
        assert!(!tea.server.done());
        call.cancel();
        assert!(call.await.is_err());
        tea.server.await.unwrap().unwrap();
    });
}
