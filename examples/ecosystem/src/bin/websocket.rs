//! With the feature `websockets`: a room that hears each message.

use std::{cell::RefCell, rc::Rc};

use futures::StreamExt;
use groundup::net::TcpListener;
use groundup::web::async_tungstenite::tungstenite::{Error, Message};
use groundup::web::{accept_websocket, connect_websocket};
use groundup::{Queue, spawn};

type Room = Rc<RefCell<Vec<Rc<Queue<Message>>>>>;

/// Sends what the member says to all, and what all say to the member.
async fn member(stream: groundup::net::TcpStream, room: Room) -> Result<(), Error> {
    let (mut to_member, mut from_member) = accept_websocket(stream).await?.split();
    let news = Rc::new(Queue::unbounded());
    room.borrow_mut().push(news.clone());
    let _sender = spawn(async move {
        while let Ok(message) = news.get().await
            && to_member.send(message).await.is_ok()
        {} // or it has left
    })
    .cancel_on_drop();
    while let Some(message) = from_member.next().await.transpose()? {
        if message.is_text() {
            let members = room.borrow();
            for news in members.iter() {
                let _ = news.put_nowait(message.clone());
            }
        }
    }
    Ok(())
}

#[groundup::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0))?;
    let url = format!("ws://{}/", listener.local_addr()?);
    let room = Room::default();
    let members = room.clone();
    let _server = spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            spawn(member(stream, members.clone())).detach();
        }
    })
    .cancel_on_drop();
    let mut ann = connect_websocket(&url).await?;
    let mut bob = connect_websocket(&url).await?;
    while room.borrow().len() < 2 {
        groundup::yield_now().await;
    }
    ann.send("hello".into()).await?;
    for (name, socket) in [("ann", &mut ann), ("bob", &mut bob)] {
        let heard = socket.next().await.transpose()?;
        let heard = heard.unwrap_or("nothing".into());
        println!("{name} hears {:?}", heard.to_text()?);
    }
    Ok(())
}
