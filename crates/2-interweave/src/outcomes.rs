//! Keeps the return value of each generator, in argument order.
//!
//! Interweaving mixes the yielded values. The return values must not be mixed: a caller
//! that starts three computations wants to know which result belongs to which. So each
//! generator has a place from the start, and its return value is stored there whenever
//! it comes.
//!
//! ```text
//!   given      a    b    c
//!   ended      2nd  -    1st        b still runs
//!   outcomes  [Some, None, Some]
//! ```
//!
//! Invariants
//! 1. There is one place for each generator, in the order of the arguments; a place is
//!    filled at most once.
//! 2. A place is empty while its generator runs, and stays empty if the generator panicked.
//!
//! Read next: `order.rs`, the chooser's part. On floor 5 this file becomes `gather`.

/// The return values of generators, in argument order; `None` for each that has not returned.
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
/// use groundup::generator::machine::SumOfSquares;
/// use groundup::interweave::interweave;
///
/// let sum = |numbers: &[i64]| SumOfSquares::new(numbers, |_: &str| ());
/// let mut weave = interweave([sum(&[1, 2, 3, 4, 5]), sum(&[10])]).keep_outcomes();
///
/// // Six values: the second has ended by then, the first has not.
/// weave.by_ref().take(6).for_each(drop);
/// assert_eq!(weave.outcomes().get(0), None);
/// assert_eq!(weave.outcomes().get(1), Some(&100));
///
/// weave.by_ref().for_each(drop);
/// assert_eq!(weave.into_outcomes().into_all(), Some(vec![55, 100]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes<R> {
    places: Vec<Option<R>>,
}

impl<R> Outcomes<R> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new() }
    }

    /// Stores a return value at a place; makes room for it first.
    pub(crate) fn note(&mut self, place: usize, value: R) {
        self.reserve(place + 1);
        self.places[place] = Some(value);
    }

    /// Adds empty places until there are at least `places`.
    pub(crate) fn reserve(&mut self, places: usize) {
        if self.places.len() < places {
            self.places.resize_with(places, || None);
        }
    }

    /// Returns the return value of the generator at this place, if it has returned.
    pub fn get(&self, place: usize) -> Option<&R> {
        self.places.get(place)?.as_ref()
    }

    /// Returns the number of places: one for each generator.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns true if there are no places.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns true if every generator has returned.
    pub fn complete(&self) -> bool {
        self.places.iter().all(Option::is_some)
    }

    /// Iterates over the places in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&R>> {
        self.places.iter().map(Option::as_ref)
    }

    /// Returns all return values in order, or `None` if one is missing.
    pub fn into_all(self) -> Option<Vec<R>> {
        self.places.into_iter().collect()
    }
}

impl<R> IntoIterator for Outcomes<R> {
    type Item = Option<R>;
    type IntoIter = std::vec::IntoIter<Option<R>>;

    fn into_iter(self) -> Self::IntoIter {
        self.places.into_iter()
    }
}
