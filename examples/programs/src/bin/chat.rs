//! The program of the chat: `chat [PORT]`.
//!
//! It serves at http://localhost:PORT, 8080 if none is given. Ctrl-C or SIGTERM ends it.

use std::process::ExitCode;
use std::rc::Rc;

use groundup::{Event, Runner};
use programs::chat::room::Room;
use programs::chat::server::serve;
use programs::failure::Failure;
use programs::serving::{listen, until_ctrl_c};

async fn chat(port: u16, pressed: Rc<Event>) -> Result<(), Failure> {
    let listener = listen(port, "chat", "http")?;
    let until = async {
        pressed.wait().await;
        println!("the chat ends; Ctrl-C once more ends it at once");
    };
    serve(listener, Room::new(), until).await;
    println!("all members have left");
    Ok(())
}

fn main() -> ExitCode {
    let port = std::env::args().nth(1).map(|text| text.parse());
    let Ok(port) = port.unwrap_or(Ok(8080)) else {
        eprintln!("usage: chat [PORT]");
        return ExitCode::FAILURE;
    };
    let ran = Runner::new().run(until_ctrl_c(|pressed| chat(port, pressed)));
    match ran.unwrap_or_else(|error| Err(Failure::run(&error))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("chat: {failure}");
            ExitCode::FAILURE
        }
    }
}
