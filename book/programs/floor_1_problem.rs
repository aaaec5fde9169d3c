//! Two functions that run to their ends: the bread waits for the kettle.

fn boil(minutes: u32) -> &'static str {
    for minute in 1..=minutes {
        println!("kettle, minute {minute}");
    }
    "tea"
}

fn cut(slices: u32) -> &'static str {
    for slice in 1..=slices {
        println!("bread, slice {slice}");
    }
    "bread"
}

pub fn main() {
    let tea = boil(3);
    let bread = cut(2);
    println!("{tea} and {bread}");
}
