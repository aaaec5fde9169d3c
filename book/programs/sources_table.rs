//! The rows of `book/sources.toml`, as a table for each source.

const ROWS: &str = include_str!("../sources.toml");

const TITLES: [&str; 5] = [
    "Source 0: an introduction",
    "Source 1: \"Asynchronous part 1\"",
    "Source 2: the toolbox",
    "Source 3: \"Async IO from Ground Up\"",
    "Source 4: \"Python asyncio guide (part 1/2)\"",
];

/// Returns the texts in quotes behind a key, up to the next key.
fn texts(row: &str, key: &str) -> Vec<String> {
    let mut lines = row.lines().skip_while(|line| !line.starts_with(key));
    let first = lines.next().unwrap_or_default();
    let more = lines.take_while(|line| line.starts_with(' '));
    let all: Vec<&str> = std::iter::once(first).chain(more).collect();
    let all = all.join("\n").replace("\\\"", "\0");
    let inside = all.split('"').skip(1).step_by(2);
    inside.map(|text| text.replace('\0', "\"")).collect()
}

fn line(row: &str) -> String {
    let [id, what, chapter] = ["id", "what", "chapter"].map(|key| texts(row, key).concat());
    let chapter = match chapter.split_once('#') {
        Some((file, heading)) => {
            let words = heading.replace('-', " ");
            format!("[{}: {words}]({chapter})", file.trim_end_matches(".md"))
        }
        None => format!("*furniture: {}*", texts(row, "furniture").concat()),
    };
    let shown = texts(row, "shown").into_iter();
    let shown: Vec<String> = shown
        .map(|one| format!("`{}`", one.replace("test:", "")))
        .collect();
    format!("| {id} | {what} | {chapter} | {} |", shown.join(" "))
}

pub fn main() {
    for (number, title) in TITLES.iter().enumerate() {
        println!("### {title}\n\n| row | what | chapter | shown by |\n|---|---|---|---|");
        let own = format!("id = \"S{number}-");
        for row in ROWS.split("[[row]]").filter(|row| row.contains(&own)) {
            println!("{}", line(row));
        }
        println!();
    }
}
