//! The program of the chat: `chat [PORT]`.
//!
//! It serves at http://localhost:PORT, 8080 if none is given. Ctrl-C or SIGTERM ends it.

use std::process::ExitCode;
use std::rc::Rc;

use groundup::{Event, Runner};
use programs::arguments::Usage;
use programs::chat::room::Room;
use programs::chat::server::serve;
use programs::failure::Failure;
use programs::output::say;
use programs::serving::{listen, until_ctrl_c};

const USAGE: Usage = Usage {
    name: "chat",
    takes: "[PORT]",
    does: "Serves a chat at a port of this machine, 8080 if none is given. Ctrl-C or SIGTERM ends it.",
};

async fn chat(port: u16, pressed: Rc<Event>) -> Result<(), Failure> {
    let listener = listen(port, "chat", "http")?;
    let until = async {
        pressed.wait().await;
        say(format_args!(
            "the chat ends; Ctrl-C once more ends it at once"
        ));
    };
    serve(listener, Room::new(), until).await;
    say(format_args!("all members have left"));
    Ok(())
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(port) = USAGE.port(&arguments, 8080)? else {
        return Ok(());
    };
    let ran = Runner::new().run(until_ctrl_c(|pressed| chat(port, pressed)));
    ran.unwrap_or_else(|error| Err(Failure::run(&error)))
}

fn main() -> ExitCode {
    USAGE.status(run())
}
