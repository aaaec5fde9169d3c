//! The map that all floors share.
//!
//! Invariant: it is a tree of the standard library, and its table is not much larger than its content.
//!
//! Read next: `src/store/slab/number_map.rs`.

use super::{FEW, NumberMap};

fn content(map: &NumberMap<u32>) -> Vec<((u64, u64), u32)> {
    let value = |key| (key, *map.get(key).unwrap());
    map.keys().map(value).collect()
}

mod props {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A map has the keys and values of a tree, also after a burst, whose memory it frees.
        #[test]
        fn a_map_is_a_tree(steps in prop::collection::vec((0u64..400, 0u64..2, 0..3, any::<u32>()), 0..900)) {
            let (mut map, mut model) = (NumberMap::default(), BTreeMap::new());
            for (one, two, step, value) in steps {
                let key = (one, two);
                match step {
                    0 => prop_assert_eq!(map.insert(key, value), model.insert(key, value)),
                    1 => prop_assert_eq!(map.remove(key), model.remove(&key)),
                    // The others behind it go, too.
                    _ if value % 16 == 0 => {
                        for (gone, _) in model.split_off(&key) {
                            prop_assert!(map.remove(gone).is_some());
                        }
                    }
                    _ => prop_assert_eq!(map.get_mut(key), model.get_mut(&key)),
                }
                prop_assert_eq!(map.len(), model.len());
                prop_assert_eq!(map.first(), model.keys().next().copied());
                prop_assert!(map.values.positions() <= FEW.max(4 * model.len()));
            }
            prop_assert_eq!(content(&map), model.iter().map(|(key, value)| (*key, *value)).collect::<Vec<_>>());
            prop_assert_eq!(map.take_all(), model.into_values().collect::<Vec<_>>());
            prop_assert!(map.is_empty() && map.values.positions() == 0);
        }
    }
}
