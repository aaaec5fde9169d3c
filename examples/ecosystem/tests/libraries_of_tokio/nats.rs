//! Messages by `async-nats`, in tasks of a guest, beside a `nats-server`.
//!
//! Each test starts a server of its own. Where the program is missing, the test is skipped.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use async_nats::{Client, ConnectErrorKind, ConnectOptions, Message, RequestErrorKind, Subscriber};
use futures::StreamExt;
use groundup::{gather, spawn, timeout, try_gather};
use tokio::sync::mpsc::unbounded_channel;

use super::in_guests;
use super::peer::has_peer;
use super::refusing::Refusing;

/// The words of the server before the address at which it listens.
const LISTENS: &str = "Listening for client connections on ";

/// A deadline for a future that never ends.
const SOON: Duration = Duration::from_millis(20);

/// A server. Its drop ends it.
struct Nats {
    process: Child,
    address: String,
}

impl Nats {
    /// Starts a server at a port that it chooses.
    async fn start() -> Nats {
        let mut command = Command::new("nats-server");
        command.args(["--addr", "127.0.0.1", "--port", "-1"]);
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut server = Nats {
            process,
            address: String::new(),
        };
        let (tell, mut told) = unbounded_channel();
        // Reads on after the address, so that the server never waits for a reader.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, address)) = line.split_once(LISTENS) {
                    let _ = tell.send(address.to_owned());
                }
            }
        });
        server.address = told.recv().await.expect("a nats-server that listens");
        server
    }

    async fn connect(&self) -> Client {
        async_nats::connect(&self.address).await.unwrap()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Runs a test in guests, each time with a server. Skips it where the program is missing.
fn with_nats<T: Future<Output = ()>>(test: impl Fn(Nats) -> T + Copy + 'static) {
    if has_peer("nats-server", &["--version"]) {
        in_guests(move || async move { test(Nats::start().await).await });
    }
}

/// Answers each request with its own text.
async fn echo(client: Client, mut requests: Subscriber) {
    while let Some(request) = requests.next().await {
        let back = request.reply.unwrap();
        client.publish(back, request.payload).await.unwrap();
    }
}

/// Returns when the server has handled each earlier message of the client, and the client has each message that
/// the server has sent before.
async fn round_trip(client: &Client) {
    let inbox = client.new_inbox();
    let mut back = client.subscribe(inbox.clone()).await.unwrap();
    client.publish(inbox, "there".into()).await.unwrap();
    back.next().await.unwrap();
}

fn text(message: Message) -> String {
    String::from_utf8(message.payload.to_vec()).unwrap()
}

/// Returns the texts that a subscription gets, until it ends.
async fn texts(subscriber: Subscriber) -> Vec<String> {
    subscriber.map(text).collect().await
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

#[test]
fn messages_come_in_order_to_each_subscriber() {
    with_nats(|nats| async move {
        let client = nats.connect().await;
        let mut tasks = Vec::new();
        for subject in ["tea.mint", "tea.*", "tea.>"] {
            let mut subscriber = client.subscribe(subject).await.unwrap();
            subscriber.unsubscribe_after(100).await.unwrap();
            tasks.push(spawn(texts(subscriber)));
        }
        round_trip(&client).await;
        let publisher = nats.connect().await;
        for number in numbers(100) {
            publisher.publish("tea.mint", number.into()).await.unwrap();
        }
        let each = gather(tasks).await.unwrap();
        assert_eq!(each, vec![numbers(100); 3]);
    });
}

#[test]
fn twenty_requests_are_gathered_and_one_that_nobody_answers_fails() {
    with_nats(|nats| async move {
        let server = nats.connect().await;
        let requests = server.subscribe("echo").await.unwrap();
        round_trip(&server).await;
        spawn(echo(server, requests));
        let client = nats.connect().await;
        let tasks = numbers(20).into_iter().map(|number| {
            let client = client.clone();
            spawn(async move { client.request("echo", number.into()).await })
        });
        let answers = try_gather(tasks.collect::<Vec<_>>()).await.unwrap();
        let came: Vec<_> = answers.into_iter().map(text).collect();
        assert_eq!(came, numbers(20));
        let error = client.request("tea", "".into()).await.unwrap_err();
        assert_eq!(error.kind(), RequestErrorKind::NoResponders);
    });
}

#[test]
fn a_queue_group_gives_each_job_to_one_of_its_tasks() {
    with_nats(|nats| async move {
        let client = nats.connect().await;
        let mut tasks = Vec::new();
        for _ in 0..3 {
            let group = "workers".to_owned();
            let jobs = client.queue_subscribe("jobs", group).await.unwrap();
            tasks.push(spawn(texts(jobs)));
        }
        for number in numbers(100) {
            client.publish("jobs", number.into()).await.unwrap();
        }
        round_trip(&client).await;
        // Ends each subscription after the messages that have come.
        client.drain().await.unwrap();
        let each = gather(tasks).await.unwrap();
        assert!(each.iter().all(|jobs| !jobs.is_empty()), "{each:?}");
        let mut all = each.concat();
        all.sort_by_key(|job| job.parse::<usize>().unwrap());
        assert_eq!(all, numbers(100));
    });
}

#[test]
fn a_cancelled_task_drops_its_subscription_also_at_the_server() {
    with_nats(|nats| async move {
        let client = nats.connect().await;
        let requests = client.subscribe("echo").await.unwrap();
        let task = spawn(echo(client.clone(), requests));
        let answer = client.request("echo", "tea".into()).await.unwrap();
        assert_eq!(text(answer), "tea");
        task.cancel();
        assert!(task.await.is_err());
        let error = client.request("echo", "tea".into()).await.unwrap_err();
        assert_eq!(error.kind(), RequestErrorKind::NoResponders);
    });
}

#[test]
fn a_deadline_of_ours_ends_a_request() {
    with_nats(|nats| async move {
        let client = nats.connect().await;
        // It gets the request, and sends no answer.
        let mut requests = client.subscribe("tea").await.unwrap();
        let asked = timeout(SOON, client.request("tea", "mint".into())).await;
        assert!(asked.is_err(), "{asked:?}");
        assert_eq!(text(requests.next().await.unwrap()), "mint");
        // The client still works.
        round_trip(&client).await;
    });
}

#[test]
fn a_server_that_ends_is_no_hang_of_a_request() {
    with_nats(|nats| async move {
        let client = nats.connect().await;
        round_trip(&client).await;
        drop(nats);
        // The client tries to connect again, and keeps the request until then.
        let asked = timeout(SOON, client.request("tea", "mint".into())).await;
        assert!(asked.is_err(), "{asked:?}");
    });
}

#[test]
fn a_server_that_is_not_there_is_an_error_at_once_or_at_a_deadline_of_ours() {
    let refusing = Refusing::new();
    let closed = format!("127.0.0.1:{}", refusing.port);
    // The system accepts connections of this one, and no program says a word there.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    in_guests(move || {
        let (closed, silent) = (closed.clone(), silent.clone());
        async move {
            let error = async_nats::connect(&closed).await.unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::Io);
            assert!(error.to_string().contains("refused"), "{error}");
            let connected = timeout(SOON, async_nats::connect(&silent)).await;
            assert!(connected.is_err(), "{connected:?}");
            // A client that connects later, and whose requests wait until then.
            let later = ConnectOptions::new().retry_on_initial_connect();
            let client = later.connect(&closed).await.unwrap();
            let asked = timeout(SOON, client.request("tea", "mint".into())).await;
            assert!(asked.is_err(), "{asked:?}");
        }
    });
}
