//! Chooses the refusals of a kind of calls, and judges their outcome by what stock Go
//! does.

use super::refuse::{ERRORS, Kind, Refusal, Span};
use super::verdict::Verdict;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

/// How many refusals are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// One at each step of the ladder.
    Few,
    /// Two at each step, and each error from the first call on.
    Usual,
    /// Each error at each step, to one call and to all calls from there on.
    All,
}

/// The calls to begin at: each of the first ones, because they serve different purposes,
/// and then ever fewer.
fn ladder(calls: usize, amount: Amount) -> Vec<usize> {
    let each = if amount == Amount::All { 24 } else { 8 };
    let next = |&n: &usize| {
        Some(match amount {
            _ if n < each => n + 1,
            Amount::All => n + n / 8,
            Amount::Usual | Amount::Few => n + n * 5 / 8,
        })
    };
    std::iter::successors(Some(1), next).take_while(|&n| n <= calls).collect()
}

/// The refusals of a kind that a program makes so many calls of.
pub fn points(kind: Kind, calls: usize, amount: Amount) -> Vec<Refusal> {
    let refusal = |error: usize, span, n| Refusal { kind, error: ERRORS[error], span, n };
    let every = 0..ERRORS.len();
    let steps = ladder(calls, amount).into_iter();
    match amount {
        Amount::Few => steps
            .enumerate()
            .map(|(i, n)| {
                let span = if i % 2 == 0 { Span::From } else { Span::Only };
                refusal(i % ERRORS.len(), span, n)
            })
            .collect(),
        Amount::Usual => steps
            .enumerate()
            .flat_map(|(i, n)| {
                let all = every.clone().filter(move |_| n == 1);
                let from = all.map(move |error| refusal(error, Span::From, n));
                let only = refusal(i % ERRORS.len(), Span::Only, n);
                let then = (n > 1).then(|| refusal((i + 1) % ERRORS.len(), Span::From, n));
                from.chain([only]).chain(then).collect::<Vec<_>>()
            })
            .collect(),
        Amount::All => steps
            .flat_map(|n| {
                let spans = [Span::From, Span::Only];
                let errors = every.clone();
                errors.flat_map(move |error| spans.map(|span| refusal(error, span, n)))
            })
            .collect(),
    }
}

/// One run of a program and its outcome.
#[derive(Debug)]
pub struct Tried {
    pub refusals: Vec<Refusal>,
    pub verdict: Verdict,
    /// Calls that were refused.
    pub refused: usize,
}

impl Display for Tried {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for refusal in &self.refusals {
            write!(f, "{refusal}: ")?;
        }
        write!(f, "{:?}", self.verdict)
    }
}

/// Stock Go with one refusal in each run. Runs are made once, and only those that decide
/// something: about half of all runs end well, which needs no control.
pub struct Control<R> {
    refusals: Vec<Refusal>,
    run: R,
    verdicts: BTreeMap<usize, Verdict>,
}

impl<R: FnMut(Refusal) -> Verdict> Control<R> {
    /// The refusals that count, and how to run stock Go with one of them.
    pub fn new(refusals: Vec<Refusal>, run: R) -> Self {
        Self { refusals, run, verdicts: BTreeMap::new() }
    }

    /// Whether a program on gosbrk may end like this. Stock Go makes other calls, so its
    /// n-th call does not correspond to the n-th on gosbrk. What counts is whether stock
    /// Go survives such a refusal at every call that is tried.
    pub fn allows(&mut self, tried: &Tried) -> bool {
        match tried.verdict {
            Verdict::Survives => true,
            Verdict::Ends => tried.refusals.iter().any(|refusal| self.ends(refusal)),
            // It depends on the stack that the program is on, not on the refusal.
            Verdict::Stumbles => {
                let all = 0..self.refusals.len();
                all.into_iter().any(|at| *self.verdict(at) == Verdict::Stumbles)
            }
            Verdict::Breaks(_) => false,
        }
    }

    /// Whether such a refusal ever ends stock Go. If this error and span are not tried,
    /// the others of the kind tell. A call that stock Go does not make never ends it.
    fn ends(&mut self, refusal: &Refusal) -> bool {
        let alike = |exactly: bool| -> Vec<usize> {
            let all = self.refusals.iter().enumerate().filter(|(_, stock)| {
                let same = stock.error == refusal.error && stock.span == refusal.span;
                stock.kind == refusal.kind && (same || !exactly)
            });
            all.map(|(at, _)| at).collect()
        };
        let exact = alike(true);
        let alike = if exact.is_empty() { alike(false) } else { exact };
        alike.into_iter().any(|at| *self.verdict(at) != Verdict::Survives)
    }

    fn verdict(&mut self, at: usize) -> &Verdict {
        self.verdicts.entry(at).or_insert_with(|| (self.run)(self.refusals[at]))
    }
}
