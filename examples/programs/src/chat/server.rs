//! The server of the chat: its page, and a WebSocket for each member.

use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::TcpListener;
use groundup::spawn_named;
use groundup::web::HttpServer;
use groundup::web::async_tungstenite::WebSocketStream;
use groundup::web::async_tungstenite::tungstenite::handshake::server::create_response_with_body;
use groundup::web::async_tungstenite::tungstenite::protocol::Role;
use groundup::web::hyper::body::Incoming;
use groundup::web::hyper::service::service_fn;
use groundup::web::hyper::upgrade::on;
use groundup::web::hyper::{Request, Response, StatusCode};

use super::room::Room;
use super::upgraded::Connection;
use super::websocket::limits;
use crate::output::tell;
use crate::serving::report;

/// The page of the chat. It loads nothing else.
const PAGE: &str = include_str!("page.html");

/// How long members may take to leave when the server ends.
const LEAVING: Duration = Duration::from_secs(5);

/// Serves the chat until `until` is done. Then the members read that the chat is closed, and leave.
pub async fn serve(listener: TcpListener, room: Rc<Room>, until: impl Future<Output = ()>) {
    let room_of_all = room.clone();
    let service = service_fn(move |request| answer(request, room.clone()));
    let server = HttpServer::new(listener).on_error(report);
    server.serve(service, until).await;
    room_of_all.close(LEAVING).await;
}

async fn answer(
    request: Request<Incoming>,
    room: Rc<Room>,
) -> Result<Response<String>, Infallible> {
    Ok(match request.uri().path() {
        "/" => page(StatusCode::OK, "text/html; charset=utf-8", PAGE),
        "/chat" => join(request, room),
        _ => page(StatusCode::NOT_FOUND, "text/plain", "the chat is at /\n"),
    })
}

/// Answers the handshake of a WebSocket, and has its member take part.
fn join(request: Request<Incoming>, room: Rc<Room>) -> Response<String> {
    if !is_own_page(&request) {
        let text = "another site must not chat in the name of its visitors\n";
        return page(StatusCode::FORBIDDEN, "text/plain", text);
    }
    let response = match create_response_with_body(&request, String::new) {
        Ok(response) => response,
        Err(error) => {
            let text = format!("this is the address of a WebSocket: {error}\n");
            return page(StatusCode::BAD_REQUEST, "text/plain", &text);
        }
    };
    let name = name_of(request.uri().query().unwrap_or_default());
    let takes_part = async move {
        let Ok(connection) = on(request).await else {
            return; // the peer has gone
        };
        let config = Some(limits());
        let connection = Connection(connection);
        let socket = WebSocketStream::from_raw_socket(connection, Role::Server, config).await;
        let (speaks, hears) = socket.split();
        if let Err(error) = room.take_part(&name, hears, speaks).await {
            tell(format_args!("a member was lost: {error}\n"));
        }
    };
    spawn_named("member", takes_part).detach();
    response
}

/// Returns true if the request comes from the page of this server, or from a program.
fn is_own_page(request: &Request<Incoming>) -> bool {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let Some(origin) = header("origin") else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host == header("host")
}

/// Returns the value of `name=` in a query.
fn name_of(query: &str) -> String {
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("name="));
    let (mut bytes, value) = (Vec::new(), values.next().unwrap_or_default());
    let mut rest = value.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let digits = others
            .get(..2)
            .and_then(|two| std::str::from_utf8(two).ok());
        let coded = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        (rest, _) = match (first, coded) {
            (b'%', Some(byte)) => (&others[2..], bytes.push(byte)),
            (b'+', _) => (others, bytes.push(b' ')),
            _ => (others, bytes.push(first)),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn page(status: StatusCode, kind: &'static str, text: &str) -> Response<String> {
    let mut response = Response::new(text.to_string());
    *response.status_mut() = status;
    let kind = kind.parse().expect("it is a header");
    response.headers_mut().insert("content-type", kind);
    response
}
