//! The promises of the repository about itself, one file each.
//!
//! ```text
//!   layering  order  exports     crates, files and names, and which may use which
//!   tidy  reading  manifests     rules for every file, for their order, and for every package
//!   mutants                      faults that the kit must find, and that still fit the code
//!   documents  rules  examples   documents and the outputs that they show
//!   doc_examples  aliases        what the reference imports, and which words lead to it
//! ```
//!
//! Read next: `layering.rs`.

mod aliases;
mod doc_examples;
mod documents;
mod examples;
mod exports;
mod layering;
mod manifests;
mod mutants;
mod order;
mod reading;
mod rules;
mod tidy;
