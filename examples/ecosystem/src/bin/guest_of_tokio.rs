//! With the feature `tokio`: the loop is a future in tokio.
//!
//! tokio owns the thread and the sockets, and its workers run beside. A group of ours cancels what is
//! left when one member fails, also if the member waits for tokio.

use std::io;
use std::time::Duration;

use groundup::host::{TokioHost, run_in};
use groundup::{sleep, spawn, task_group, timeout};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn ours() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?; // a socket of tokio
    let address = listener.local_addr()?;
    let server = spawn(async move {
        let (mut stream, _) = listener.accept().await?; // in a task of ours
        let sum = tokio::spawn(async { (1..=100).sum::<u64>() }); // in a task of tokio, on a worker
        stream
            .write_all(format!("the sum is {}", sum.await?).as_bytes())
            .await
    });
    let mut text = String::new();
    TcpStream::connect(address)
        .await?
        .read_to_string(&mut text)
        .await?;
    println!("{text}");
    server.await.map_err(io::Error::other)??;

    // A deadline of ours over a sleep of theirs.
    let late = timeout(
        Duration::from_millis(5),
        tokio::time::sleep(Duration::from_secs(3600)),
    );
    println!("an hour of tokio under a deadline: {}", late.await.is_err());

    let failed = task_group(async |group| {
        group.spawn(async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            io::Result::Ok(())
        });
        group.spawn(async {
            sleep(Duration::from_millis(1)).await;
            io::Result::<()>::Err(io::Error::other("out of paper"))
        });
        Ok(())
    });
    println!("a group: {}", failed.await.is_err());
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run_in(TokioHost::new(), ours()))
}
