//! An order reaches another machine, and its answer does not come back.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use groundup::net::{Network, StreamReader, StreamWriter, open_connection, start_server};
use groundup::{call_later, time, timeout};

const SECOND: Duration = Duration::from_secs(1);

type Orders = Rc<RefCell<BTreeSet<Vec<u8>>>>;

/// Bakes what a line orders, unless the same order was here before.
async fn bake(known: Orders, mut reader: StreamReader, mut writer: StreamWriter) -> io::Result<()> {
    let order = reader.readline().await?;
    let is_new = known.borrow_mut().insert(order);
    println!("{:.1}  bakery: an order, new: {is_new}", time());
    writer.write(b"ready\n");
    writer.drain().await
}

async fn order() -> io::Result<String> {
    let (mut reader, mut writer) = open_connection("bakery", 80).await?;
    writer.write(b"order 7\n");
    let answer = reader.readline().await?;
    Ok(String::from_utf8_lossy(&answer).trim().to_string())
}

pub async fn main() -> io::Result<()> {
    let network = Network::builder().latency(SECOND / 5).build();
    let (shop, bakery) = (network.host("localhost"), network.host("bakery"));
    let known = Orders::default();
    let serve = move |reader, writer| bake(known.clone(), reader, writer);
    let _server = bakery.run(start_server("0.0.0.0", 80, serve)).await?;

    let (cut, healed) = (network.clone(), network);
    let [one, two] = [shop.clone(), bakery.clone()];
    call_later(SECOND * 7 / 10, move || cut.partition(&one, &two));
    call_later(3 * SECOND / 2, move || healed.heal(&shop, &bakery));
    for attempt in 1..=2 {
        let answer = timeout(SECOND, order()).await;
        println!("{:.1}  shop, attempt {attempt}: {answer:?}", time());
        groundup::sleep(SECOND).await;
    }
    Ok(())
}
