//! The promises of the repository about itself, one file each.
//!
//! ```text
//!   layering  order  exports     crates, files and names, and which may use which
//!   tidy  reading  manifests     rules for every file, for their order, and for every package
//!   documents  rules  examples   documents and the outputs that they show
//!   doc_examples                 the imports of the examples in doc comments
//! ```
//!
//! Read next: `layering.rs`.

mod doc_examples;
mod documents;
mod examples;
mod exports;
mod layering;
mod manifests;
mod order;
mod reading;
mod rules;
mod tidy;
