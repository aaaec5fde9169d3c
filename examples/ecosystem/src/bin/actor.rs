//! An actor: a task owns an account, and all others send it messages.
//!
//! A request carries the sender of its answer. When the actor ends, the requests that it has not
//! read are dropped with that sender, so that their callers get an error and do not wait for ever.

use anyhow::Context;
use groundup::{spawn_named, try_join};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

enum Message {
    Deposit(u64),
    Withdraw(u64, oneshot::Sender<anyhow::Result<u64>>),
    Close,
}

async fn account(mut inbox: Receiver<Message>) -> u64 {
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
#[derive(Clone)]
struct Account(Sender<Message>);

impl Account {
    async fn deposit(&self, amount: u64) -> anyhow::Result<()> {
        self.0
            .send(Message::Deposit(amount))
            .await
            .context("there is no account")
    }

    async fn withdraw(&self, amount: u64) -> anyhow::Result<u64> {
        let (answer, answered) = oneshot::channel();
        self.0
            .send(Message::Withdraw(amount, answer))
            .await
            .context("there is no account")?;
        answered.await.context("the account was closed")?
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let (sender, inbox) = mpsc::channel(8);
    let actor = spawn_named("account", account(inbox));
    let account = Account(sender);
    try_join((1..=10).map(|amount| account.deposit(amount))).await?;
    println!("left: {}", account.withdraw(20).await?);
    println!("refused: {}", account.withdraw(40).await.unwrap_err());
    account.0.send(Message::Close).await?;
    println!("refused: {}", account.withdraw(1).await.unwrap_err());
    println!("refused: {}", account.deposit(1).await.unwrap_err());
    println!("balance at the end: {}", actor.await?);
    Ok(())
}
