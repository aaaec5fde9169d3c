//! A service of gRPC that makes tea, and its client.
//!
//! Both stand here as tonic's generated code has them, so that no test needs `protoc`.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::rc::Rc;

use futures::stream::{self, Stream};
use groundup::web::hyper;
use groundup::{Event, Remote, Task, remote, spawn, yield_now};
use hyper::http::uri::PathAndQuery;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tonic::body::Body;
use tonic::client::Grpc as Calls;
use tonic::server::Grpc as Answers;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Error, Server};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::service_fn;

/// A codec of tonic's generated code. The messages are those that protobuf has for a text and a number.
type Codec<T> = ProstCodec<T, T>;

/// The things that a handler needs.
#[derive(Clone)]
struct Kitchen {
    guest: Remote,
    tell: UnboundedSender<&'static str>,
}

impl Kitchen {
    /// Finds the handler of a call, as tonic's generated code does.
    async fn answer(
        self,
        request: hyper::Request<Body>,
    ) -> Result<hyper::Response<Body>, Infallible> {
        let mut texts = Answers::new(Codec::<String>::default());
        let mut numbers = Answers::new(Codec::<u32>::default());
        Ok(match request.uri().path() {
            "/Tea/Brew" => texts.unary(service_fn(brew), request).await,
            "/Tea/Ask" => {
                let ask = service_fn(|asked| ask(self.clone(), asked));
                texts.unary(ask, request).await
            }
            "/Tea/Steep" => {
                let steep = service_fn(|_: Request<String>| steep(self.clone()));
                texts.unary(steep, request).await
            }
            "/Tea/Pour" => {
                let pour = service_fn(|asked| pour(self.clone(), asked));
                numbers.server_streaming(pour, request).await
            }
            _ => Status::unimplemented("no such call").into_http(),
        })
    }
}

async fn brew(asked: Request<String>) -> Result<Response<String>, Status> {
    let kind = asked.into_inner();
    Ok(Response::new(format!("a cup of {kind}")))
}

/// Lets a task of the guest answer.
async fn ask(kitchen: Kitchen, asked: Request<String>) -> Result<Response<String>, Status> {
    let question = asked.into_inner();
    let asked = kitchen.guest.spawn(async move || {
        yield_now().await; // panics outside the guest
        format!("the guest says yes to {question}")
    });
    let answer = asked.await;
    answer
        .map(Response::new)
        .map_err(|error| Status::internal(error.to_string()))
}

/// Never answers.
async fn steep(kitchen: Kitchen) -> Result<Response<String>, Status> {
    let _at_end = AtEnd(kitchen.tell.clone());
    kitchen.tell.send("began").unwrap();
    pending().await
}

/// Sends some numbers, one message each.
async fn pour(
    kitchen: Kitchen,
    asked: Request<u32>,
) -> Result<Response<impl Stream<Item = Result<u32, Status>>>, Status> {
    let at_end = AtEnd(kitchen.tell);
    let cups = (0..asked.into_inner()).map(move |cup| {
        let _owned = &at_end;
        Ok(cup)
    });
    Ok(Response::new(stream::iter(cups)))
}

/// Tells the test that the server has dropped the call which owns this.
struct AtEnd(UnboundedSender<&'static str>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        let _ = self.0.send("ended"); // the test may have ended, too
    }
}

/// A server in a task of the guest, and the words that its handlers send.
pub(super) struct Tea {
    pub(super) address: SocketAddr,
    pub(super) told: UnboundedReceiver<&'static str>,
    pub(super) close: Rc<Event>,
    pub(super) server: Task<Result<(), Error>>,
}

impl Tea {
    pub(super) fn serve() -> Tea {
        let (tell, told) = unbounded_channel();
        let guest = remote();
        let kitchen = Kitchen { guest, tell };
        let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = incoming.local_addr().unwrap();
        let close = Rc::new(Event::new());
        let closing = close.clone();
        let server = spawn(async move {
            let service = service_fn(move |request| kitchen.clone().answer(request));
            let closed = async move { closing.wait().await };
            let server = Server::builder();
            let served = server.serve_with_incoming_shutdown(service, incoming, closed);
            served.await
        });
        Tea {
            address,
            told,
            close,
            server,
        }
    }
}

/// The client, as tonic's generated code has it.
#[derive(Clone)]
pub(super) struct Client(Channel);

impl Client {
    pub(super) async fn connect(address: SocketAddr) -> Result<Client, Error> {
        endpoint(address).connect().await.map(Client)
    }

    /// Makes a client that connects when it is first called.
    pub(super) fn lazy(address: SocketAddr) -> Client {
        Client(endpoint(address).connect_lazy())
    }

    /// Returns a client of the channel that has room for a call.
    async fn ready(&self) -> Result<Calls<Channel>, Status> {
        let mut client = Calls::new(self.0.clone());
        let ready = client.ready().await;
        ready.map_err(|error| Status::unknown(error.to_string()))?;
        Ok(client)
    }

    pub(super) async fn call(&self, path: &'static str, text: &str) -> Result<String, Status> {
        let path = PathAndQuery::from_static(path);
        let request = Request::new(text.to_owned());
        let mut client = self.ready().await?;
        let answer = client.unary(request, path, Codec::<String>::default());
        answer.await.map(Response::into_inner)
    }

    pub(super) async fn pour(&self, cups: u32) -> Result<Streaming<u32>, Status> {
        let path = PathAndQuery::from_static("/Tea/Pour");
        let mut client = self.ready().await?;
        let codec = Codec::<u32>::default();
        let poured = client.server_streaming(Request::new(cups), path, codec);
        poured.await.map(Response::into_inner)
    }
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint::from_shared(format!("http://{address}")).unwrap()
}
