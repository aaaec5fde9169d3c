//! Scripts that are written down, and scripts of a seed.
//!
//! Read next: `referee.py`.

use crate::dice::Dice;

fn hex(bytes: &[u8]) -> String {
    match bytes {
        [] => "-".into(),
        bytes => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Returns true if the line has an answer.
pub(crate) fn is_answered(line: &str) -> bool {
    line.starts_with("read") || ["drain", "hear"].contains(&line)
}

/// The lines of a text, in which `"..."` stands for bytes.
fn lines(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let mut parts = line.trim().split('"');
        let mut written = parts.next().unwrap_or_default().to_owned();
        while let Some(bytes) = parts.next() {
            written += &hex(bytes.replace("\\n", "\n").as_bytes());
            written += parts.next().unwrap_or_default();
        }
        written
    };
    text.lines()
        .map(line)
        .filter(|line| !line.is_empty())
        .collect()
}

/// Scripts about each kind of answer.
pub(crate) fn written() -> Vec<(&'static str, Vec<String>)> {
    let streams = [
        (
            "lines in pieces",
            "limit 100 \n piece \"chunk1 \" \n piece \"chunk2\\n ch\" \n piece \"unk3\\n\" \n end \n readline \n readline \n readline \n readline",
        ),
        (
            "a line over the limit, whole",
            "limit 3 \n piece \"line1\\nline2\\n\" \n end \n feed \n readline \n readline \n readline",
        ),
        (
            "a line over the limit, in pieces",
            "limit 7 \n piece \"chunk1\" \n piece \"chunk2\" \n piece \"chunk3\\n\" \n piece \"chunk4\\n\" \n readline \n readline \n readline",
        ),
        (
            "a separator in pieces",
            "limit 100 \n piece \"AA\" \n piece \"xA\" \n piece \"AAyA\" \n piece \"A\" \n piece \"Az\" \n readuntil \"AAA\" \n readuntil \"AAA\" \n read 10",
        ),
        (
            "over the limit the bytes stay",
            "limit 3 \n piece \"some dataAA\" \n readuntil \"AAA\" \n read 100",
        ),
        (
            "an end in the middle",
            "limit 9 \n piece \"abc\" \n end \n readexactly 5 \n readexactly 0 \n readexactly 1 \n readuntil \"x\" \n readall",
        ),
        (
            "a cancel takes nothing",
            "limit 9 \n piece \"abc\" \n readexactly 5 \n piece \"de\" \n readexactly 5 \n piece \"f\" \n end \n readall",
        ),
        (
            "reads of nothing",
            "limit 9 \n read 0 \n piece \"ab\" \n read 0 \n read 1 \n end \n readall \n read 0 \n read 1",
        ),
        (
            "a reset meets a reader",
            "limit 9 \n piece \"half\" \n reset \n readline \n write \"x\" 1 \n drain",
        ),
        (
            "a reset meets a writer",
            "limit 9 \n reset \n read 1 \n write \"x\" 10 \n drain",
        ),
        (
            "drain and its marks",
            "limit 9 \n marks 10 4 \n write \"a\" 9 \n drain \n write \"ab\" 8000000 \n drain \n hear \n drain \n close \n hear",
        ),
        (
            "both ways at once",
            "limit 9 \n write \"a\" 10 \n piece \"b\\n\" \n end \n readline \n drain \n hear \n readline \n write \"c\" 1 \n close \n drain \n hear",
        ),
        ("connections that fail", "refused \n taken"),
    ];
    let shells = [
        "echo out; echo err >&2; exit 3",
        "cat",
        "head -c 5",
        "exec 0<&-; sleep 0; echo done",
        "exit 255",
        "kill -TERM $$",
        "kill -KILL $$",
        "kill -PIPE $$; echo not here",
        "trap 'echo trapped; exit 7' USR1; kill -USR1 $$; echo after",
        "no-such-program",
    ];
    let mut scripts: Vec<_> = streams.map(|(name, text)| (name, lines(text))).into();
    for shell in shells {
        for input in ["- 0", "61 1", "620a 100000"] {
            scripts.push((
                shell,
                vec![format!("shell {} {input}", hex(shell.as_bytes()))],
            ));
        }
    }
    for signal in [1, 2, 9, 10, 15] {
        scripts.push(("a signal to a child", vec![format!("kill {signal}")]));
    }
    let system = "program \"/no/such/program\" \n program \"/etc/passwd\" \n program \"/tmp\" \n \
                  handle 10 \n raise 10 \n raise 10 \n handle 12 \n raise 12 \n unhandle 10 \n \
                  unhandle 10 \n raise 12 \n unhandle 12";
    scripts.push(("programs that are none, and handlers", lines(system)));
    scripts
}

impl Dice {
    /// Bytes in which lines and separators are likely.
    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = 1 + self.below(most);
        (0..length).map(|_| b"aaab\n"[self.below(5)]).collect()
    }

    fn separator(&mut self) -> String {
        let separators: [&[u8]; 6] = [b"\n", b"a", b"ab", b"aab", b"a\na", b"b\n"];
        hex(separators[self.below(6)])
    }

    fn read(&mut self) -> String {
        match self.below(10) {
            0..=2 => "readline".into(),
            3..=5 => format!("readuntil {}", self.separator()),
            6 | 7 => format!("readexactly {}", self.below(9)),
            8 => format!("read {}", self.below(12)),
            _ => format!("read {}", 1 + self.below(3)),
        }
    }
}

/// The script of a seed.
pub(crate) fn random(seed: u64) -> Vec<String> {
    let mut dice = Dice::new(seed);
    for _ in 0..9 {
        dice.below(1); // numbers of neighbouring seeds are alike in the beginning
    }
    let once = dice.below(3) == 0;
    let longest = [2, 6, 20, 60][dice.below(4)];
    let most = [3, 12, 60][dice.below(3)];
    let mut script = vec![format!("limit {}", 1 + dice.below(most))];
    let pieces = dice.below(9);
    let piece = |dice: &mut Dice| format!("piece {}", hex(&dice.bytes(longest)));
    for _ in 0..pieces {
        script.push(piece(&mut dice));
    }
    let last = if once { dice.below(2) } else { dice.below(6) };
    if once {
        script.extend((last == 0).then(|| "end".to_owned()));
        script.push("feed".into());
    }
    for _ in 0..2 + dice.below(9) {
        script.push(match dice.below(12) {
            0 => format!("write {} {}", hex(&dice.bytes(9)), dice.below(200)),
            1 => "drain".into(),
            2 => "hear".into(),
            // The peer goes on, if it does not do all at once.
            3 | 4 if !once => piece(&mut dice),
            _ => dice.read(),
        });
    }
    if !once {
        match last {
            0 => script.extend(["reset".into(), dice.read()]),
            1 | 2 => script.extend(["end".into(), dice.read(), dice.read()]),
            3 => script.extend(["end".into(), "readall".into(), dice.read()]),
            _ => {}
        }
    }
    script
}
