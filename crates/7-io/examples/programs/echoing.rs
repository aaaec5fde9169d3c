//! An echo server and two clients, on a first version or on the tower.

use super::{Connection, Listener, accept, connect, listen, port_of, receive, send, spawn};

/// Sends back each text, until the client has closed its connection.
async fn echo(mut connection: Connection) {
    loop {
        let text = receive(&mut connection).await;
        if text.is_empty() {
            return;
        }
        send(&mut connection, &text).await;
    }
}

async fn serve(listener: Listener) {
    for _ in 0..2 {
        spawn(echo(accept(&listener).await));
    }
}

pub(crate) async fn main() {
    let listener = listen();
    let port = port_of(&listener);
    let server = spawn(serve(listener));
    let mut silent = connect(port).await;
    let mut quick = connect(port).await;
    for text in ["one", "two", "three"] {
        send(&mut quick, text).await;
        println!("quick sends {text}, and gets {}", receive(&mut quick).await);
    }
    send(&mut silent, "four").await;
    println!("silent sends four, and gets {}", receive(&mut silent).await);
    let _ = server.await;
}
