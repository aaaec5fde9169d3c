//! The pages of the web server and of the chat, in a headless browser.
//!
//! A test waits until an expression of the page is true, and for no time.

use std::process::Stdio;

use futures::StreamExt;
use groundup::net::StreamReader;
use groundup::process::Command;
use groundup::web::async_tungstenite::tungstenite::Message;
use groundup::web::connect_websocket;

use crate::setup::{Folder, has_peer, printed, start, with_patience};

const CHAT: &str = env!("CARGO_BIN_EXE_chat");
const SERVER: &str = env!("CARGO_BIN_EXE_web_server");

#[test]
fn a_browser_shows_the_live_page_and_takes_part_in_the_chat() {
    // The browser opens a page when curl asks it.
    if !has_peer("chromium", &["--version"]) || !has_peer("curl", &["--version"]) {
        return;
    }
    with_patience(async {
        let (server, chat) = (start(SERVER, &["0"]).await, start(CHAT, &["0"]).await);
        let (browser, _folder) = Browser::start().await;
        let mut page = browser
            .open(&format!("http://localhost:{}/tasks", server.port))
            .await;
        page.until("document.title === 'Tasks of the server'").await;
        page.until("document.body.innerText.includes('GET /tasks\\twrites this page')")
            .await;
        page.until("performance.getEntriesByType('resource').length === 0")
            .await;
        // The timeline is drawn: the browser takes it for a picture, and a step of it has a size.
        page.until("document.querySelector('.picture svg rect') !== null")
            .await;
        page.until(
            "document.querySelector('.picture svg .runs').getBoundingClientRect().width > 0",
        )
        .await;

        // A telephone: nothing is cut off at the right, and a wait has most of the width.
        page.narrow().await;
        page.until("innerWidth === 360 && document.documentElement.scrollWidth <= 360")
            .await;
        page.until("document.querySelector('.tasks td:nth-child(3)').clientWidth > 270")
            .await;

        let mut page = browser
            .open(&format!("http://localhost:{}/", chat.port))
            .await;
        page.until("document.getElementById('name') !== null").await;
        // Why a name is refused stands below its field, and another one is taken.
        page.run("document.getElementById('name').value = 'a\\u202Eb'")
            .await;
        page.run("document.getElementById('enter').requestSubmit()")
            .await;
        page.until("document.getElementById('refusal').innerText.startsWith('A name must not have U+202E')")
            .await;
        page.until("document.getElementById('state').innerText === 'not connected'")
            .await;
        page.run("document.getElementById('name').value = 'ann'")
            .await;
        page.run("document.getElementById('enter').requestSubmit()")
            .await;
        page.until("document.getElementById('state').innerText === 'connected'")
            .await;
        page.until("document.getElementById('refusal').hidden")
            .await;
        page.until("document.body.innerText.includes('ann has come; nobody else is here yet')")
            .await;
        let mut bob = connect_websocket(&format!("ws://localhost:{}/chat?name=bob", chat.port))
            .await
            .unwrap();
        page.until("document.body.innerText.includes('bob has come; here are: ann, bob')")
            .await;
        let markup = "<b id=bold>not bold</b>";
        bob.send(Message::text(markup)).await.unwrap();
        page.until("document.body.innerText.includes('bob: <b id=bold>not bold</b>')")
            .await;
        page.until("document.getElementById('bold') === null").await;
        page.run("document.getElementById('text').value = 'hello bob'")
            .await;
        page.run("document.getElementById('say').requestSubmit()")
            .await;
        loop {
            let message = bob.next().await.unwrap().unwrap();
            if message.to_text().unwrap() == "ann: hello bob" {
                break;
            }
        }
        page.until("document.body.innerText.includes('ann: hello bob')")
            .await;
        // A time that the line before has, too, is not shown again.
        page.until(
            "[...document.querySelectorAll('time')].every((time, at, all) => \
             (getComputedStyle(time).visibility === 'hidden') === (all[at - 1]?.textContent === time.textContent))",
        )
        .await;
        // The hint of a field can be read: it has the colour of the other quiet texts.
        page.until(
            "getComputedStyle(document.getElementById('text'), '::placeholder').color === \
             getComputedStyle(document.getElementById('state')).color",
        )
        .await;
        page.narrow().await;
        page.until("innerWidth === 360 && document.documentElement.scrollWidth <= 360")
            .await;
        drop(bob);
        page.until("document.body.innerText.includes('bob has left')")
            .await;
        server.end().await;
        chat.end().await;
        page.until("document.getElementById('state').innerText.includes('the chat is closed')")
            .await;
        // The reason stays while further attempts fail. Each of them doubles the delay.
        page.until("delay > 1000").await;
        let state = page.run("document.getElementById('state').innerText").await;
        assert!(
            state.contains("the chat is closed; trying again"),
            "{state}"
        );
    });
}

/// A headless browser, which our own WebSockets drive.
struct Browser {
    process: groundup::process::Process,
    port: u16,
}

/// A page of the browser.
struct Page {
    socket: groundup::web::async_tungstenite::WebSocketStream<groundup::web::WebStream>,
    asked: u64,
}

impl Browser {
    async fn start() -> (Browser, Folder) {
        let folder = Folder::new();
        let mut command = Command::new("chromium");
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-port=0",
        ]);
        command.arg(format!("--user-data-dir={}", folder.0.display()));
        command
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut lines = StreamReader::new(process.stderr.take().unwrap());
        let port = loop {
            let line = String::from_utf8_lossy(&lines.readline().await.unwrap()).into_owned();
            assert!(!line.is_empty(), "the browser does not start");
            if let Some((_, at)) = line.split_once("ws://127.0.0.1:") {
                break at.split('/').next().unwrap().parse().unwrap();
            }
        };
        groundup::spawn(async move { drop(lines.read_to_end().await) }).detach();
        (Browser { process, port }, folder)
    }

    async fn open(&self, url: &str) -> Page {
        let new = format!("http://127.0.0.1:{}/json/new?{url}", self.port);
        let came = printed("curl", ["-s", "-X", "PUT", &new]).await.stdout;
        let (_, at) = came
            .split_once("\"webSocketDebuggerUrl\": \"")
            .expect(&came);
        let socket = connect_websocket(at.split('"').next().unwrap())
            .await
            .unwrap();
        Page { socket, asked: 0 }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.process.kill());
    }
}

impl Page {
    /// Has the page compute an expression of JavaScript, and returns the message with its value.
    async fn run(&mut self, expression: &str) -> String {
        let expression = expression.replace('"', "\\\"");
        let parameters = format!("\"expression\": \"{expression}\"");
        self.command("Runtime.evaluate", &parameters).await
    }

    /// Gives the page the width of a telephone.
    async fn narrow(&mut self) {
        let size = "\"width\": 360, \"height\": 700, \"deviceScaleFactor\": 2, \"mobile\": true";
        let method = "Emulation.setDeviceMetricsOverride";
        self.command(method, size).await;
    }

    /// Sends a command to the browser, and returns the message that answers it.
    async fn command(&mut self, method: &str, parameters: &str) -> String {
        self.asked += 1;
        let number = self.asked;
        let asks =
            format!("{{\"id\": {number}, \"method\": \"{method}\", \"params\": {{{parameters}}}}}");
        self.socket.send(Message::text(asks)).await.unwrap();
        loop {
            let answer = self.socket.next().await.unwrap().unwrap();
            let answer = answer.to_text().unwrap().to_string();
            if answer.starts_with(&format!("{{\"id\":{number},")) {
                return answer;
            }
        }
    }

    /// Waits until an expression is true. The limit is that of the test.
    async fn until(&mut self, expression: &str) {
        while !self.run(expression).await.contains("\"value\":true") {
            groundup::yield_now().await;
        }
    }
}
