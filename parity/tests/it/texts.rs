//! Reading and printing scenarios.

use std::fs;
use std::path::Path;

use groundup_parity::reader::read;

fn scenario_files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = fs::read_dir(folder).expect("the folder of scenarios is part of the crate");
    let mut files: Vec<_> = files
        .map(|file| file.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "scn"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a readable file");
            (path.display().to_string(), text)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_recorded_scenario_reads_back_as_it_was_printed() {
    let mut count = 0;
    for (name, text) in scenario_files() {
        let scenarios = read(&text).unwrap_or_else(|mistake| panic!("{name}: {mistake}"));
        let printed: String = scenarios
            .iter()
            .map(|scenario| scenario.to_string())
            .collect();
        assert_eq!(
            read(&printed).expect("what was printed is readable"),
            scenarios,
            "{name}"
        );
        count += scenarios.len();
    }
    assert!(count >= 60, "only {count} scenarios are recorded");
}
