//! Requests by `reqwest`, in tasks of a guest.
//!
//! The server is one of groundup, in a loop of its own on another thread.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use groundup::net::TcpListener;
use groundup::web::HttpServer;
use groundup::web::hyper::body::Incoming;
use groundup::web::hyper::service::service_fn;
use groundup::web::hyper::{Request, Response};
use groundup::{GroupError, TaskGroup, spawn, task_group, timeout, try_gather};
use reqwest::{Client, StatusCode};

use super::in_guests;
use super::refusing::Refusing;

/// Starts a server that lives as long as the process.
fn serve() -> SocketAddr {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        groundup::run(async {
            let listener = TcpListener::bind(([127, 0, 0, 1], 0)).unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let served = HttpServer::new(listener).serve(service_fn(answer), pending());
            served.await;
        });
    });
    told.recv().unwrap()
}

async fn answer(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    match request.uri().path() {
        "/never" => pending().await,
        path => Ok(Response::new(format!("the page {path}"))),
    }
}

#[test]
fn reqwest_is_awaited_in_tasks_of_a_guest() {
    let address = serve();
    in_guests(move || async move {
        let client = Client::new();
        let tasks = (0..20).map(|number| {
            let asked = client.get(format!("http://{address}/{number}")).send();
            spawn(async move { asked.await?.error_for_status()?.text().await })
        });
        let texts = try_gather(tasks.collect::<Vec<_>>()).await;
        let expected: Vec<_> = (0..20)
            .map(|number| format!("the page /{number}"))
            .collect();
        assert_eq!(texts.unwrap(), expected);
    });
}

#[test]
fn a_deadline_of_ours_ends_a_request_of_reqwest() {
    let address = serve();
    in_guests(move || async move {
        let client = Client::new();
        let never = client.get(format!("http://{address}/never")).send();
        assert!(timeout(Duration::from_millis(20), never).await.is_err());
        // The client still works.
        let asked = client.get(format!("http://{address}/")).send().await;
        assert_eq!(asked.unwrap().status(), StatusCode::OK);
    });
}

#[test]
fn a_request_that_fails_ends_its_group_and_the_other_requests() {
    let address = serve();
    let refusing = Refusing::new();
    let closed = SocketAddr::from(([127, 0, 0, 1], refusing.port));
    in_guests(move || async move {
        let client = Client::new();
        let both = task_group(async |group: TaskGroup<reqwest::Error>| {
            for url in [
                format!("http://{address}/never"),
                format!("http://{closed}/"),
            ] {
                let asked = client.get(url).send();
                group.spawn(async move { asked.await.map(drop) });
            }
            Ok(())
        });
        let errors = both.await.map_err(GroupError::into_errors).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(
            format!("{errors:?}").contains("ConnectionRefused"),
            "{errors:?}"
        );
    });
}
