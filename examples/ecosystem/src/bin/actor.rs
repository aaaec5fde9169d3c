//! An actor: a task owns an account, and all others send it messages.
//!
//! A request carries the sender of its answer. When the actor ends, the requests that it has not
//! read are dropped with that sender, so that their callers get an error and do not wait for ever.

use anyhow::{Context, Result};
use groundup::{spawn_named, try_join};
use tokio::sync::{mpsc, oneshot};

enum Message {
    Deposit(u64),
    Withdraw(u64, oneshot::Sender<Result<u64>>),
    Close,
}

async fn account(mut inbox: mpsc::Receiver<Message>) -> u64 {
    let mut balance: u64 = 0;
    while let Some(message) = inbox.recv().await {
        match message {
            Message::Deposit(amount) => balance += amount,
            Message::Withdraw(amount, answer) => {
                let left = balance.checked_sub(amount).context("not enough money");
                balance = *left.as_ref().unwrap_or(&balance);
                let _ = answer.send(left); // the caller may have gone
            }
            Message::Close => break,
        }
    }
    balance
}

/// The actor as its callers see it.
struct Account(mpsc::Sender<Message>);

impl Account {
    async fn send(&self, message: Message) -> Result<()> {
        self.0.send(message).await.context("there is no account")
    }

    async fn withdraw(&self, amount: u64) -> Result<u64> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Withdraw(amount, answer)).await?;
        answered.await.context("the account was closed")?
    }
}

#[groundup::main(virtual_time)]
async fn main() -> Result<()> {
    let (sender, inbox) = mpsc::channel(8);
    let (actor, account) = (spawn_named("account", account(inbox)), Account(sender));
    try_join((1..=10).map(|amount| account.send(Message::Deposit(amount)))).await?;
    println!("left: {}", account.withdraw(20).await?);
    println!("refused: {}", account.withdraw(40).await.unwrap_err());
    account.send(Message::Close).await?;
    println!("refused: {}", account.withdraw(1).await.unwrap_err());
    let late = account.send(Message::Deposit(1)).await;
    println!("refused: {}", late.unwrap_err());
    println!("balance at the end: {}", actor.await?);
    Ok(())
}
