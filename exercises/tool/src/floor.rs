//! Reads the exercises of the floors: `exercises/floor-N.toml`.
//!
//! The problem: the tool, the book and the tests need one list of the exercises.
//!
//! Invariants
//! 1. A field that is not known is an error.
//! 2. Floors are in the order of their numbers, and exercises in the order of the file.
//!
//! Read next: `copy.rs`.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// The exercises of one floor.
#[derive(Clone, Debug)]
pub struct Floor {
    /// The number of the floor.
    pub floor: u8,
    /// A name for the list.
    pub title: String,
    /// The folder of the crate, from the root of the project.
    pub krate: String,
    /// The exercises, in order.
    pub exercises: Vec<Exercise>,
}

/// One exercise.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// The number: the floor, a dot, and the place on the floor.
    pub number: String,
    /// The title.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// The task.
    pub text: String,
    /// The file, from the folder of the crate.
    pub file: String,
    /// The functions whose bodies are cut, as paths of items.
    pub cut: Vec<String>,
    /// The names of the tests.
    pub tests: Vec<String>,
    /// The file with the tests of an exercise in the library, if it is not `library`.
    pub checks: Option<String>,
    /// The hints, the weakest first. `` `PATH: ITEM` `` names an item of a file.
    pub hints: Vec<String>,
    /// Where to read: files of the project, and headings of the book (`floor-3.md#its-costs`).
    pub read: Vec<String>,
}

impl Exercise {
    /// Returns the module of the tests: the name of the example that has the exercise, or `library`.
    pub fn module(&self) -> &str {
        match self.example() {
            Some(name) => name,
            None => self.checks.as_deref().unwrap_or("library"),
        }
    }

    /// Returns the name of the example that has the exercise, if it is not in the library.
    pub fn example(&self) -> Option<&str> {
        let name = self.file.strip_prefix("examples/")?;
        name.strip_suffix(".rs")
    }

    /// Returns the path of a test as libtest prints it.
    pub fn path_of(&self, test: &str) -> String {
        match self.example() {
            Some(example) => format!("{example}::exercises::{test}"),
            None => format!("{}::{test}", self.module()),
        }
    }
}

impl Floor {
    /// Returns the modules with tests, each once, in order.
    pub fn modules(&self) -> Vec<&str> {
        let mut modules: Vec<&str> = self.exercises.iter().map(Exercise::module).collect();
        modules.sort_unstable();
        modules.dedup();
        modules
    }

    /// Returns the file with the tests of a module, from the root of the project.
    pub fn checks(&self, module: &str) -> String {
        format!("exercises/checks/floor_{}/{module}.rs", self.floor)
    }

    /// Returns the folder in which learners write, from the root of the project.
    pub fn work(&self) -> String {
        format!("exercises/work/floor-{}", self.floor)
    }

    /// Returns a text of an exercise as a learner sees it: files of the crate are those of the copy,
    /// because the library's have the solution.
    pub fn for_learner(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.krate), &format!("{}/", self.work()))
    }

    /// Returns where to read for an exercise, in one line.
    pub fn reading(&self, exercise: &Exercise) -> String {
        let from_the_root = |read: &String| match read.split('#').next() {
            // A chapter of the book has a name in lower case, a document at the root has not.
            Some(chapter) if chapter.ends_with(".md") && chapter == chapter.to_lowercase() => {
                format!("book/text/{read}")
            }
            _ => read.clone(),
        };
        let places: Vec<String> = exercise.read.iter().map(from_the_root).collect();
        self.for_learner(&places.join(", "))
    }
}

/// Reads all floors of the project at `root`.
///
/// # Errors
/// Returns a line about the file that cannot be read.
pub fn load(root: &Path) -> Result<Vec<Floor>, String> {
    let folder = root.join("exercises");
    let entries = fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut floors = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("floor-") && name.ends_with(".toml") {
            floors.push(read(&entry.path())?);
        }
    }
    floors.sort_by_key(|floor| floor.floor);
    Ok(floors)
}

fn read(path: &Path) -> Result<Floor, String> {
    let text = fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    let floor = text
        .parse::<Table>()
        .map_err(|why| why.to_string())
        .and_then(of_table);
    floor.map_err(|why| format!("{}: {why}", path.display()))
}

fn of_table(mut table: Table) -> Result<Floor, String> {
    let exercise = |value: Value| match value {
        Value::Table(table) => of_exercise(table),
        _ => Err("`exercise` is a list of tables".into()),
    };
    let floor = Floor {
        floor: number(&mut table, "floor")?,
        title: text(&mut table, "title")?,
        krate: text(&mut table, "crate")?,
        exercises: list(&mut table, "exercise", exercise)?,
    };
    nothing_left(&table).map(|()| floor)
}

fn of_exercise(mut table: Table) -> Result<Exercise, String> {
    let line = |value: Value| match value {
        Value::String(line) => Ok(line),
        other => Err(format!("a list of texts has {other}")),
    };
    let exercise = Exercise {
        number: text(&mut table, "number")?,
        title: text(&mut table, "title")?,
        minutes: number(&mut table, "minutes")?,
        text: text(&mut table, "text")?,
        file: text(&mut table, "file")?,
        cut: list(&mut table, "cut", line)?,
        tests: list(&mut table, "tests", line)?,
        hints: list(&mut table, "hints", line)?,
        read: list(&mut table, "read", line)?,
        checks: match table.contains_key("checks") {
            true => Some(text(&mut table, "checks")?),
            false => None,
        },
    };
    nothing_left(&table).map(|()| exercise)
}

fn text(table: &mut Table, key: &str) -> Result<String, String> {
    match table.remove(key) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(format!("`{key}` is a text, and is missing")),
    }
}

fn number<N: TryFrom<i64>>(table: &mut Table, key: &str) -> Result<N, String> {
    let value = table.remove(key).and_then(|value| value.as_integer());
    let number = value.and_then(|value| N::try_from(value).ok());
    number.ok_or_else(|| format!("`{key}` is a number, and is missing"))
}

fn list<T>(
    table: &mut Table,
    key: &str,
    make: impl Fn(Value) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    match table.remove(key) {
        Some(Value::Array(list)) => list.into_iter().map(make).collect(),
        _ => Err(format!("`{key}` is a list, and is missing")),
    }
}

fn nothing_left(table: &Table) -> Result<(), String> {
    match table.keys().next() {
        None => Ok(()),
        Some(key) => Err(format!("there is no field `{key}`")),
    }
}

/// Finds an exercise by its number.
///
/// # Errors
/// Returns a line that lists the numbers that there are.
pub fn find<'a>(floors: &'a [Floor], number: &str) -> Result<(&'a Floor, &'a Exercise), String> {
    let all = floors
        .iter()
        .flat_map(|floor| floor.exercises.iter().map(move |one| (floor, one)));
    let found = all
        .into_iter()
        .find(|(_, exercise)| exercise.number == number);
    found.ok_or_else(|| {
        let of_floor = |floor: &Floor| {
            let numbers = floor
                .exercises
                .iter()
                .map(|exercise| exercise.number.as_str());
            numbers.collect::<Vec<_>>().join(" ")
        };
        let wanted = number.split('.').next().unwrap_or_default();
        let same = floors
            .iter()
            .find(|floor| floor.floor.to_string() == wanted);
        let there = match same {
            Some(floor) => of_floor(floor),
            None => floors.iter().map(of_floor).collect::<Vec<_>>().join(" "),
        };
        format!("there is no exercise {number:?}; there are {there}")
    })
}
