//! The echo server and its clients on the streams of the whole tower.

use groundup::net::{StreamReader, StreamWriter, TcpListener, TcpStream};
use groundup::spawn;

#[path = "echoing.rs"]
pub(crate) mod echoing;

type Listener = TcpListener;
type Connection = (StreamReader, StreamWriter);

fn listen() -> Listener {
    TcpListener::bind(([127, 0, 0, 1], 0)).unwrap()
}

fn port_of(listener: &Listener) -> u16 {
    listener.local_addr().unwrap().port()
}

fn halves(stream: TcpStream) -> Connection {
    let (reader, writer) = stream.split();
    (StreamReader::new(reader), StreamWriter::new(writer))
}

async fn accept(listener: &Listener) -> Connection {
    halves(listener.accept().await.unwrap().0)
}

async fn connect(port: u16) -> Connection {
    halves(TcpStream::connect(([127, 0, 0, 1], port)).await.unwrap())
}

async fn receive(connection: &mut Connection) -> String {
    String::from_utf8(connection.0.read(64).await.unwrap()).unwrap()
}

async fn send(connection: &mut Connection, text: &str) {
    connection.1.write(text.as_bytes());
    connection.1.drain().await.unwrap();
}
