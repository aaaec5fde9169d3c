//! A borrowing group beside a model of it, and beside a task group.
//!
//! The problem: a group has to poll each child in its turn, whatever the others do: spawn,
//! cancel, fail, end. So random scripts run in a borrowing group, and in the dullest model of
//! one: a list of the children to step in each round. What was logged, in which round, and what
//! the group returned must be equal. A second property runs the scripts in a task group.
//!
//! ```text
//!   round   the called off end ──> the body steps ──> those on the list step, once
//!           (on the list: woken in the round before, then begun, as many as the limit allows)
//! ```
//!
//! Invariant: a script never waits for a time, so each round is an iteration.
//!
//! Read next: `groups.rs`.

use std::cell::RefCell;
use std::collections::VecDeque;

use futures::future::{FutureExt, LocalBoxFuture};
use groundup_combinators::executor::{EventLoop, current_task, iteration};
use groundup_combinators::task::{catch_cancel, yield_now};
use groundup_combinators::*;
use proptest::prelude::*;

/// One action of a script.
#[derive(Clone, Debug)]
enum Op {
    Yield,
    Log,
    Spawn(Script),
    /// Cancels one of the children that this script has spawned.
    Cancel(usize),
    CancelGroup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Fine,
    Fails,
    Panics,
}

#[derive(Clone, Debug)]
struct Script {
    ops: Vec<Op>,
    end: End,
    /// How often it yields when it is cancelled, and how it ends then; without, it just ends.
    clean_up: Option<(usize, End)>,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![6 => Just(End::Fine), 1 => Just(End::Fails), 1 => Just(End::Panics)]
}

fn script(depth: u32) -> BoxedStrategy<Script> {
    let plain = prop_oneof![
        8 => Just(Op::Yield),
        4 => Just(Op::Log),
        2 => (0..4_usize).prop_map(Op::Cancel),
    ];
    let op = match depth {
        0 => plain.boxed(),
        _ => prop_oneof![
            10 => plain,
            1 => Just(Op::CancelGroup),
            6 => script(depth - 1).prop_map(Op::Spawn),
        ]
        .boxed(),
    };
    let clean_up = prop::option::of((0..3_usize, end()));
    (prop::collection::vec(op, 0..8), end(), clean_up)
        .prop_map(|(ops, end, clean_up)| Script { ops, end, clean_up })
        .boxed()
}

/// A line of the log: the round, the script, what it did.
type Line = (u64, usize, &'static str);

/// What a group has returned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Returned {
    Value,
    Cancelled,
    Errors(Vec<String>),
}

/// Returns the number of a script's next child, which does not depend on the order of the run.
fn number_of(parent: usize, before: usize) -> usize {
    10 * parent + before + 1
}

/// What all scripts of a run borrow.
struct Stage {
    log: RefCell<Vec<Line>>,
    began: u64,
}

impl Stage {
    fn new() -> Self {
        Stage {
            log: RefCell::default(),
            began: iteration(),
        }
    }

    fn say(&self, script: usize, what: &'static str) {
        let round = iteration() - self.began;
        self.log.borrow_mut().push((round, script, what));
    }
}

type Acting<'a> = LocalBoxFuture<'a, Result<(), usize>>;

/// A kind of group, for scripts that may run in either.
trait Group<'env>: Clone {
    type Child;
    fn spawn(&self, child: Acting<'env>) -> Option<Self::Child>;
    fn cancel_child(child: &Self::Child);
    fn cancel(&self);
}

impl<'env> Group<'env> for BorrowingGroup<'env, usize> {
    type Child = BorrowingChild<()>;

    fn spawn(&self, child: Acting<'env>) -> Option<Self::Child> {
        self.try_spawn(child).ok()
    }

    fn cancel_child(child: &Self::Child) {
        child.cancel();
    }

    fn cancel(&self) {
        BorrowingGroup::cancel(self);
    }
}

impl Group<'static> for TaskGroup<usize> {
    type Child = Child<()>;

    fn spawn(&self, child: Acting<'static>) -> Option<Self::Child> {
        self.try_spawn(child).ok()
    }

    fn cancel_child(child: &Self::Child) {
        child.as_task_ref().cancel();
    }

    fn cancel(&self) {
        TaskGroup::cancel(self);
    }
}

fn finish(number: usize, end: End) -> Result<(), usize> {
    match end {
        End::Fine => Ok(()),
        End::Fails => Err(number),
        End::Panics => std::panic::resume_unwind(Box::new(number.to_string())),
    }
}

/// Performs a script.
fn act<'env, G: Group<'env> + 'env>(
    stage: &'env Stage,
    script: &'env Script,
    group: G,
    number: usize,
) -> Acting<'env> {
    async move {
        let main = async {
            let mut children = Vec::new();
            for op in &script.ops {
                match op {
                    Op::Yield => yield_now().await,
                    Op::Log => stage.say(number, "says"),
                    Op::Spawn(script) => {
                        let number = number_of(number, children.len());
                        let child = act(stage, script, group.clone(), number);
                        children.push(group.spawn(child));
                    }
                    Op::Cancel(at) => {
                        let child = children.get(*at).and_then(Option::as_ref);
                        child.into_iter().for_each(G::cancel_child);
                    }
                    Op::CancelGroup => group.cancel(),
                }
            }
        };
        let Some((yields, end)) = script.clean_up else {
            main.await;
            return finish(number, script.end);
        };
        if catch_cancel(main).await.is_ok() {
            return finish(number, script.end);
        }
        stage.say(number, "is cancelled");
        for _ in 0..yields {
            yield_now().await;
        }
        stage.say(number, "has cleaned up");
        finish(number, end)
    }
    .boxed_local()
}

fn returned(ended: Result<(), GroupError<usize>>) -> Returned {
    match ended {
        Ok(()) => Returned::Value,
        Err(GroupError::Cancelled) => Returned::Cancelled,
        Err(GroupError::Children(errors)) => {
            Returned::Errors(errors.iter().map(ToString::to_string).collect())
        }
    }
}

/// Runs a script as the body of a borrowing group.
fn in_a_borrowing_group(script: &Script, limit: usize) -> (Vec<Line>, Returned) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let ran = event_loop.run_until_complete(async {
        let stage = Stage::new();
        let ended = borrowing_group(|group| {
            group.set_limit(limit);
            act(&stage, script, group, 0)
        });
        let returned = returned(ended.await);
        assert_eq!(current_task().unwrap().cancelling(), 0);
        yield_now().await; // no cancel is left
        (stage.log.into_inner(), returned)
    });
    let ran = ran.expect("it ends");
    let counts = event_loop.counts();
    assert!(counts.is_at_rest(), "left: {:#?}", event_loop.leftovers());
    ran
}

/// The script of a child or the body, as the model steps it.
struct Actor {
    script: Script,
    number: usize,
    at: usize,
    children: Vec<Option<usize>>,
    cancelled: bool,
    /// Number of yields that its clean-up still makes.
    cleaning: Option<usize>,
    begun: bool,
    called_off: bool,
    ended: bool,
    /// It is on the list of the next round.
    woken: bool,
}

impl Actor {
    fn new(script: Script, number: usize) -> Self {
        Actor {
            script,
            number,
            at: 0,
            children: Vec::new(),
            cancelled: false,
            cleaning: None,
            begun: false,
            called_off: false,
            ended: false,
            woken: false,
        }
    }
}

/// The dullest borrowing group: lists, and a round at a time.
struct Model {
    actors: Vec<Actor>,
    limit: usize,
    round: u64,
    log: Vec<Line>,
    errors: Vec<String>,
    /// Children that were spawned and have not begun.
    waiting: VecDeque<usize>,
    /// Children to step in the next round.
    list: Vec<usize>,
    running: usize,
    shuts_down: bool,
    body_runs: bool,
    body_stopped: bool,
    /// The body has returned a value.
    value: bool,
}

impl Model {
    fn run(script: &Script, limit: usize) -> (Vec<Line>, Returned) {
        let mut model = Model {
            actors: vec![Actor::new(script.clone(), 0)],
            limit,
            round: 0,
            log: Vec::new(),
            errors: Vec::new(),
            waiting: VecDeque::new(),
            list: Vec::new(),
            running: 0,
            shuts_down: false,
            body_runs: true,
            body_stopped: false,
            value: false,
        };
        model.actors[0].begun = true;
        let mut body_error = None;
        loop {
            let list = model.begin();
            let mut cancel_children = false;
            if model.body_runs
                && let Some(ended) = model.step(0)
            {
                model.body_runs = false;
                match ended {
                    Some(Ok(())) => model.value = true,
                    Some(Err(error)) => body_error = Some(error),
                    None => {}
                }
                cancel_children = !model.value;
            }
            for child in list {
                if model.actors[child].ended {
                    continue; // it had cancelled itself
                }
                model.actors[child].woken = false;
                if let Some(ended) = model.step(child) {
                    model.end(child, ended);
                }
            }
            if cancel_children {
                model.cancel_children();
            }
            if !model.body_runs && model.alive() == 0 {
                break;
            }
            model.round += 1;
        }
        model.errors.extend(body_error);
        let returned = match model.errors {
            errors if !errors.is_empty() => Returned::Errors(errors),
            _ if model.value => Returned::Value,
            _ => Returned::Cancelled,
        };
        (model.log, returned)
    }

    fn alive(&self) -> usize {
        self.actors[1..].iter().filter(|actor| !actor.ended).count()
    }

    /// Begins a round: returns the children that step in it.
    fn begin(&mut self) -> Vec<usize> {
        let mut list = std::mem::take(&mut self.list);
        let waiting = std::mem::take(&mut self.waiting);
        for child in waiting {
            match self.actors[child].called_off {
                true => self.actors[child].ended = true,
                false => self.waiting.push_back(child),
            }
        }
        while self.running < self.limit
            && let Some(child) = self.waiting.pop_front()
        {
            self.running += 1;
            self.actors[child].woken = true;
            list.push(child);
        }
        list
    }

    fn wake(&mut self, actor: usize) {
        if actor != 0 && !std::mem::replace(&mut self.actors[actor].woken, true) {
            self.list.push(actor);
        }
    }

    fn say(&mut self, actor: usize, what: &'static str) {
        let number = self.actors[actor].number;
        self.log.push((self.round, number, what));
    }

    fn cancel(&mut self, child: usize) {
        let actor = &mut self.actors[child];
        if actor.ended {
            return;
        }
        if !actor.begun {
            actor.called_off = true;
            return;
        }
        actor.cancelled = true;
        self.wake(child);
    }

    fn cancel_children(&mut self) {
        if !std::mem::replace(&mut self.shuts_down, true) {
            (1..self.actors.len()).for_each(|child| self.cancel(child));
        }
    }

    fn cancel_body(&mut self) {
        if self.body_runs && !std::mem::replace(&mut self.body_stopped, true) {
            self.actors[0].cancelled = true;
        }
    }

    /// Ends a child; `None` stands for a cancel.
    fn end(&mut self, child: usize, ended: Option<Result<(), String>>) {
        self.actors[child].ended = true;
        self.running -= 1;
        if let Some(Err(error)) = ended {
            self.errors.push(error);
            if !self.shuts_down {
                self.cancel_children();
                self.cancel_body();
            }
        }
    }

    /// Steps an actor until it yields; returns how it has ended, if it has.
    fn step(&mut self, actor: usize) -> Option<Option<Result<(), String>>> {
        if self.actors[actor].called_off {
            return Some(None);
        }
        let suspended = std::mem::replace(&mut self.actors[actor].begun, true)
            && (actor != 0 || self.round > 0);
        if suspended && std::mem::take(&mut self.actors[actor].cancelled) {
            // It is cancelled where it was suspended.
            let clean_up = self.actors[actor].script.clean_up;
            match (self.actors[actor].cleaning, clean_up) {
                (None, Some((yields, _))) => {
                    self.say(actor, "is cancelled");
                    self.actors[actor].cleaning = Some(yields);
                }
                _ => return Some(None),
            }
        }
        if let Some(yields) = self.actors[actor].cleaning {
            if yields > 0 {
                self.actors[actor].cleaning = Some(yields - 1);
                self.wake(actor);
                return None;
            }
            self.say(actor, "has cleaned up");
            let (_, end) = self.actors[actor].script.clean_up?;
            return Some(Some(self.finish(actor, end)));
        }
        while self.actors[actor].at < self.actors[actor].script.ops.len() {
            let op = self.actors[actor].script.ops[self.actors[actor].at].clone();
            self.actors[actor].at += 1;
            match op {
                Op::Yield => {
                    self.wake(actor);
                    return None;
                }
                Op::Log => self.say(actor, "says"),
                Op::Spawn(script) => {
                    let actor_of = &self.actors[actor];
                    let number = number_of(actor_of.number, actor_of.children.len());
                    let child = (!self.shuts_down).then_some(self.actors.len());
                    self.actors[actor].children.push(child);
                    if let Some(child) = child {
                        self.actors.push(Actor::new(script, number));
                        self.waiting.push_back(child);
                    }
                }
                Op::Cancel(at) => {
                    let child = self.actors[actor].children.get(at).copied().flatten();
                    if let Some(child) = child {
                        self.cancel(child);
                    }
                }
                Op::CancelGroup => {
                    self.cancel_children();
                    self.cancel_body();
                }
            }
        }
        let end = self.actors[actor].script.end;
        Some(Some(self.finish(actor, end)))
    }

    fn finish(&self, actor: usize, end: End) -> Result<(), String> {
        let number = self.actors[actor].number;
        match end {
            End::Fine => Ok(()),
            End::Fails => Err(number.to_string()),
            End::Panics => Err(format!("panicked: {number}")),
        }
    }
}

/// A script as the body of a group. A panic of the body goes on at once, so it has none.
fn body() -> impl Strategy<Value = Script> {
    script(2).prop_map(|mut script| {
        let calm = |end: End| match end {
            End::Panics => End::Fails,
            end => end,
        };
        script.end = calm(script.end);
        script.clean_up = script.clean_up.map(|(yields, end)| (yields, calm(end)));
        script
    })
}

proptest! {
    /// A borrowing group steps its children as a plain list of them would, with any limit.
    #[test]
    fn a_borrowing_group_is_a_list_of_children(
        script in body(),
        limit in prop_oneof![Just(usize::MAX), 1..4_usize],
    ) {
        let (log, returned) = in_a_borrowing_group(&script, limit);
        let (expected, end) = Model::run(&script, limit);
        prop_assert_eq!((log, returned), (expected, end));
    }
}

/// Runs a script as the body of a task group.
fn in_a_task_group(script: &Script) -> (Vec<Line>, Returned) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let script: &'static Script = Box::leak(Box::new(script.clone()));
    let ran = event_loop.run_until_complete(async {
        let stage: &'static Stage = Box::leak(Box::new(Stage::new()));
        let ended = task_group(|group| act(stage, script, group, 0));
        let returned = returned(ended.await);
        (stage.log.take(), returned)
    });
    ran.expect("it ends")
}

/// Drops the actions whose effect depends on how many iterations an end is away.
fn without_races(script: &Script) -> Script {
    let ops = script.ops.iter().filter_map(|op| match op {
        Op::Spawn(script) => Some(Op::Spawn(without_races(script))),
        Op::Cancel(_) | Op::CancelGroup => None,
        op => Some(op.clone()),
    });
    Script {
        ops: ops.collect(),
        end: End::Fine,
        clean_up: None,
    }
}

proptest! {
    /// While no child fails and none is cancelled, a borrowing group runs its children in the
    /// rounds in which a task group does.
    #[test]
    fn a_borrowing_group_runs_as_a_task_group(script in body()) {
        let script = without_races(&script);
        let (mut log, returned) = in_a_borrowing_group(&script, usize::MAX);
        let (mut expected, end) = in_a_task_group(&script);
        log.sort();
        expected.sort();
        prop_assert_eq!((log, returned), (expected, end));
    }
}
