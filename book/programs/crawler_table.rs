//! All stages of the crawler, on a web of 13 pages and on one of 133.

use super::crawler_figures::table;

pub fn main() {
    table(3);
    println!();
    table(11);
}
