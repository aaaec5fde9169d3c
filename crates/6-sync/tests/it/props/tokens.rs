//! Trees of cancellation tokens, beside a list of parents.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `hooks.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_sync::CancellationToken;
use proptest::prelude::*;

use super::wakes::ByHand;
use super::ways::{Plan, Program, Way, on_the_way, plan, way, yields};

/// What is done by hand. A number chooses among the tokens or waits that there are.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Root,
    Child(usize),
    DropToken(usize),
    Cancel(usize),
    /// Makes a wait for a token, and polls it.
    Wait(usize),
    Poll(usize, bool),
    DropWait(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        1 => Just(Deed::Root),
        5 => any::<usize>().prop_map(Deed::Child),
        3 => any::<usize>().prop_map(Deed::DropToken),
        1 => any::<usize>().prop_map(Deed::Cancel),
        4 => any::<usize>().prop_map(Deed::Wait),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, new)| Deed::Poll(which, new)),
        1 => any::<usize>().prop_map(Deed::DropWait),
    ]
}

/// The dullest model: for each token that ever was, its parent, and whether it is cancelled.
#[derive(Default)]
struct Model(Vec<(Option<usize>, bool)>);

impl Model {
    fn make(&mut self, parent: Option<usize>) -> usize {
        let cancelled = parent.is_some_and(|parent| self.0[parent].1);
        self.0.push((parent, cancelled));
        self.0.len() - 1
    }

    fn is_beneath(&self, token: usize, above: usize) -> bool {
        let mut at = Some(token);
        while let Some(token) = at {
            if token == above {
                return true;
            }
            at = self.0[token].0;
        }
        false
    }

    fn cancel(&mut self, token: usize) {
        for other in 0..self.0.len() {
            self.0[other].1 |= self.is_beneath(other, token);
        }
    }
}

proptest! {
    /// A cancel reaches the tokens beneath, and no others, also through tokens that were dropped.
    #[test]
    fn a_tree_is_a_list_of_parents(deeds in prop::collection::vec(deed(), 0..80)) {
        let mut model = Model::default();
        // A token and its number.
        let mut tokens = vec![(CancellationToken::new(), model.make(None))];
        // The number of a token, a wait for it, and whether it was cancelled at the last poll.
        let mut waits = Vec::<(usize, ByHand<'_, ()>, bool)>::new();
        for deed in deeds {
            match deed {
                Deed::Root => tokens.push((CancellationToken::new(), model.make(None))),
                Deed::Child(which) if !tokens.is_empty() => {
                    let (token, number) = &tokens[which % tokens.len()];
                    tokens.push((token.child_token(), model.make(Some(*number))));
                }
                Deed::DropToken(which) if !tokens.is_empty() => {
                    drop(tokens.remove(which % tokens.len()));
                }
                Deed::Cancel(which) if !tokens.is_empty() => {
                    let (token, number) = &tokens[which % tokens.len()];
                    token.cancel();
                    model.cancel(*number);
                }
                Deed::Wait(which) if !tokens.is_empty() => {
                    let (token, number) = &tokens[which % tokens.len()];
                    let (token, number) = (token.clone(), *number);
                    let mut wait = ByHand::new(async move { token.cancelled().await });
                    let ready = wait.poll(true).is_ready();
                    prop_assert_eq!(ready, model.0[number].1);
                    if !ready {
                        waits.push((number, wait, false));
                    }
                }
                Deed::Poll(which, new) if !waits.is_empty() => {
                    let which = which % waits.len();
                    let (number, wait, _) = &mut waits[which];
                    let ready = wait.poll(new).is_ready();
                    prop_assert_eq!(ready, model.0[*number].1);
                    if ready {
                        waits.remove(which);
                    }
                }
                Deed::DropWait(which) if !waits.is_empty() => {
                    drop(waits.remove(which % waits.len()));
                }
                _ => {}
            }
            for (token, number) in &tokens {
                prop_assert_eq!(token.is_cancelled(), model.0[*number].1, "token {}", number);
            }
            for (number, wait, _) in &waits {
                prop_assert_eq!(wait.wakes(), usize::from(model.0[*number].1), "{}", number);
            }
        }
    }
}

/// A task waits for the token of its number, whose parent has the number of the second, modulo.
type Part = (usize, usize, Way);

#[derive(Clone, Debug)]
struct Tasks {
    parts: Vec<Part>,
    /// The token that is cancelled, and when.
    cancel: (usize, usize),
    plan: Plan,
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let parts = prop::collection::vec((0_usize..4, any::<usize>(), way()), 1..8);
    let cancel = (any::<usize>(), 0_usize..10);
    let all = (parts, cancel, plan());
    all.prop_map(|(parts, cancel, plan)| Tasks {
        parts,
        cancel,
        plan,
    })
}

fn run(tasks: &Tasks) -> Result<(), String> {
    let mut program = Program::new(tasks.plan);
    let mut model = Model::default();
    let mut tokens = vec![CancellationToken::new()];
    model.make(None);
    let went_on = Rc::new(RefCell::new(Vec::new()));
    for (at, &(begins, parent, way)) in tasks.parts.iter().enumerate() {
        let parent = parent % tokens.len();
        let (token, number) = (tokens[parent].child_token(), model.make(Some(parent)));
        tokens.push(token.clone());
        let went_on = went_on.clone();
        program.spawn(way, async move {
            yields(begins).await;
            if on_the_way(way, token.cancelled()).await.is_some() {
                went_on.borrow_mut().push((at, number));
            }
        });
    }
    let number = tasks.cancel.0 % tokens.len();
    let (when, token) = (tasks.cancel.1, tokens[number].clone());
    // The tasks have the only handles of the others.
    drop(tokens);
    program.spawn(Way::ToTheEnd, async move {
        yields(when).await;
        token.cancel();
    });
    for at in program.run(100)? {
        if model.is_beneath(at + 1, number) {
            return Err(format!("task {at} waits for ever for a cancelled token"));
        }
    }
    let wrong = went_on
        .borrow()
        .iter()
        .find(|one| !model.is_beneath(one.1, number))
        .copied();
    match wrong {
        None => Ok(()),
        Some((at, _)) => Err(format!("task {at} went on, and its token is not cancelled")),
    }
}

proptest! {
    /// The tasks that wait for a token beneath the cancelled one go on, and no others.
    #[test]
    fn a_cancel_lets_those_beneath_go_on(tasks in tasks()) {
        prop_assert_eq!(run(&tasks), Ok(()));
    }
}
