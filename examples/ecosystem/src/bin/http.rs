//! With the feature `hyper`: an HTTP server, and a client with a pool.
//!
//! The server answers on HTTP/1 and HTTP/2, and ends when it has answered what it was asked.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::TcpListener;
use groundup::web::hyper::body::Incoming;
use groundup::web::hyper::service::service_fn;
use groundup::web::hyper::{Request, Response};
use groundup::web::hyper_util::client::legacy::Client;
use groundup::web::{HttpServer, HyperConnector, HyperExecutor};
use groundup::{Event, sleep, spawn, try_join};
use http_body_util::BodyExt;

async fn answer(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let path = request.uri().path().to_string();
    if path == "/slow" {
        sleep(Duration::from_millis(20)).await;
    }
    let body = request.into_body().collect().await;
    let length = body.map_or(0, |body| body.to_bytes().len());
    Ok(Response::new(format!("{path}, and {length} bytes")))
}

#[groundup::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
    let address = listener.local_addr()?;
    let stop = Rc::new(Event::new());
    let until = stop.clone();
    let until = async move { until.wait().await };
    let server = spawn(HttpServer::new(listener).serve(service_fn(answer), until));

    let client = Client::builder(HyperExecutor).build(HyperConnector::new());
    let ask = async |path: &str, body: &'static str| {
        let request = Request::post(format!("http://{address}{path}"));
        let response = client.request(request.body(body.to_string())?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        anyhow::Ok(format!("{status}: {}", String::from_utf8_lossy(&body)))
    };
    println!("{}", ask("/first", "").await?);
    println!(
        "{}",
        try_join([ask("/slow", "some tea"), ask("/fast", "")])
            .await?
            .join("\n")
    );
    stop.set();
    drop(client);
    server.await?;
    println!("the server has ended");
    Ok(())
}
