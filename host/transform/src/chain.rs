//! The modules that map the facts of one source, in order, and how facts pass through them.

use crate::abi::{self, Context, Interface, Mapper};
use crate::blame::Blame;
use crate::check;
use crate::failure::{Failed, Failure};
use crate::host::Host;
use crate::journal::Journal;
use crate::module::{Module, Spent};
use crate::sandbox::Next;
use crate::siblings::Siblings;
use futures::future::BoxFuture;
use proxbox_model::Problem;
use proxbox_model::draft::{Outcome, Rejection};
use proxbox_model::facts::{Source, Target};
use proxbox_model::report::ModuleUsage;
use proxbox_modules::Policy;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A module's place in the chain.
pub(crate) struct Link {
    pub name: String,
    pub version: String,
    /// Name and version.
    pub title: Arc<str>,
    /// The module, or why it is not used.
    pub module: Result<Module, Problem>,
    pub interfaces: Vec<Interface>,
    pub policy: Policy,
    /// JSON object.
    pub settings: String,
}

/// What a module gave for a fact.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedFact {
    /// The outcome; of a fact that every mapper failed on, a rejection.
    pub outcome: Outcome,
    /// Name and version of the module that gave it.
    pub module: String,
}

/// How many facts a module may pass on to the next mapper, for each fact that it gets, and beside.
const PASS_ON_PER_FACT: usize = 4;
const PASS_ON: usize = 16;

/// Into how many parts a call is split that ran out of time. Every further try may cost the whole time limit, so
/// that few and small tries are better than halves.
const SLOW_PARTS: usize = 10;

/// How many of the last lines of a module are told with an object that it failed on.
const LAST_WORDS: usize = 3;

/// One mapping of a list of facts.
pub(crate) struct Run {
    host: Arc<Host>,
    links: Vec<Arc<Link>>,
    /// The context of each link, with its own settings.
    contexts: Vec<Context>,
    /// What each link failed on so far, in this mapping.
    blames: Vec<Mutex<Blame>>,
    /// What each link did so far, in this mapping.
    usages: Vec<Mutex<ModuleUsage>>,
}

/// What became of a fact at one link.
type Verdict = Result<Outcome, Failed>;

impl Run {
    pub(crate) fn new(
        host: Arc<Host>,
        links: Vec<Arc<Link>>,
        source: &Source,
        target: &Target,
        options: &str,
    ) -> Self {
        let contexts =
            links.iter().map(|link| abi::context(source, target, options, &link.settings)).collect();
        let blames = links.iter().map(|_| Mutex::default()).collect();
        let usages = links.iter().map(|_| Mutex::default()).collect();
        Self { host, links, contexts, blames, usages }
    }

    /// What each module did that was asked. One that is not used did nothing.
    pub(crate) fn usage(&self, interface: Interface) -> Vec<ModuleUsage> {
        let used = self.links.iter().zip(&self.usages).filter(|(link, _)| link.module.is_ok());
        let used = used.map(|(link, usage)| ModuleUsage {
            module: link.name.clone(),
            version: link.version.clone(),
            interface: interface.as_str().to_owned(),
            ..usage.lock().unwrap_or_else(PoisonError::into_inner).clone()
        });
        used.filter(|usage| usage.objects > 0).collect()
    }

    /// Has the first mapper from that place on map the facts; what it fails on is treated by its policy. Gives one
    /// outcome for each fact, in order.
    pub(crate) fn map<'a, F: Mapper>(
        self: &'a Arc<Self>,
        from: usize,
        facts: &'a [&'a F],
        journal: &'a mut Journal,
    ) -> BoxFuture<'a, Vec<MappedFact>> {
        Box::pin(async move {
            let Some((level, link)) = self.find(F::INTERFACE, from) else {
                return facts.iter().map(|_| unmapped(F::INTERFACE)).collect();
            };
            let verdicts = match &link.module {
                Ok(module) => self.try_all(level, link, module, facts, journal).await,
                Err(problem) => {
                    let refused = Failed::from(Failure::Refused(problem.clone()));
                    facts.iter().map(|_| Err(refused.clone())).collect()
                }
            };
            self.count(level, |usage| add_verdicts(usage, &verdicts));
            self.settle(level, link, facts, verdicts, journal).await
        })
    }

    fn find(&self, interface: Interface, from: usize) -> Option<(usize, &Arc<Link>)> {
        self.links.iter().enumerate().skip(from).find(|(_, link)| link.interfaces.contains(&interface))
    }

    /// Applies the policy to what the module failed on.
    async fn settle<F: Mapper>(
        self: &Arc<Self>,
        level: usize,
        link: &Link,
        facts: &[&F],
        verdicts: Vec<Verdict>,
        journal: &mut Journal,
    ) -> Vec<MappedFact> {
        let title = link.title.to_string();
        let mut mapped = Vec::with_capacity(facts.len());
        let mut fallen = Vec::new();
        for (fact, verdict) in facts.iter().zip(verdicts) {
            let outcome = match verdict {
                Ok(outcome) => outcome,
                Err(failed) => {
                    // A refused module is told of once, when it is loaded.
                    if !matches!(failed.failure, Failure::Refused(_)) {
                        journal.fall(&title, link.policy, F::NOUN, fact.label(), &failed);
                    }
                    if link.policy == Policy::Builtin && self.find(F::INTERFACE, level + 1).is_some() {
                        fallen.push((mapped.len(), *fact));
                    }
                    failed_outcome::<F>(link, &fact.label(), &failed)
                }
            };
            mapped.push(MappedFact { outcome, module: title.clone() });
        }
        if !fallen.is_empty() {
            let facts: Vec<&F> = fallen.iter().map(|(_, fact)| *fact).collect();
            let caught = self.map(level + 1, &facts, journal).await;
            for ((place, _), fact) in fallen.into_iter().zip(caught) {
                if let Some(slot) = mapped.get_mut(place) {
                    *slot = fact;
                }
            }
        }
        mapped
    }

    /// Calls one module for every fact, in batches that keep siblings together. A batch that fails is split until the guilty facts are
    /// known.
    async fn try_all<F: Mapper>(
        self: &Arc<Self>,
        level: usize,
        link: &Link,
        module: &Module,
        facts: &[&F],
        journal: &mut Journal,
    ) -> Vec<Verdict> {
        let mut verdicts: Vec<Option<Verdict>> = facts.iter().map(|_| None).collect();
        let siblings = Siblings::of(facts);
        let mut queue = siblings.split(0..facts.len(), facts.len().div_ceil(self.host.batch_size()));
        while let Some(range) = queue.pop_front() {
            let (Some(batch), Some(slots)) = (facts.get(range.clone()), verdicts.get_mut(range.clone()))
            else {
                continue;
            };
            if self.blame(level, |blame| blame.gives_up(module.limits())) {
                slots.fill(Some(Err(Failure::GivenUp.into())));
                continue;
            }
            // A batch rarely waits for anything; others want the thread, too.
            tokio::task::yield_now().await;
            let started = Instant::now();
            match self.call(level, link, module, batch).await {
                Ok((outcomes, inner)) => {
                    journal.merge(self.host.limits(), inner);
                    let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
                    self.blame(level, |blame| blame.mapped(good));
                    for ((slot, outcome), fact) in slots.iter_mut().zip(outcomes).zip(batch) {
                        if let Err(failed) = &outcome {
                            self.blame(level, |blame| blame.guilty(fact.label(), &failed.failure));
                        }
                        *slot = Some(outcome);
                    }
                }
                Err(failed) => {
                    self.blame(level, |blame| blame.spent(started.elapsed()));
                    if let [fact] = batch {
                        self.blame(level, |blame| blame.guilty(fact.label(), &failed.failure));
                        slots.fill(Some(Err(failed)));
                    } else {
                        let parts = if failed.failure.is_slow() { SLOW_PARTS } else { 2 };
                        let parts = siblings.split(range, parts);
                        self.count(level, |usage| usage.restarts += parts.len() as u64);
                        for part in parts.into_iter().rev() {
                            queue.push_front(part);
                        }
                    }
                }
            }
        }
        verdicts.into_iter().map(|verdict| verdict.unwrap_or_else(|| Err(Failure::GivenUp.into()))).collect()
    }

    /// One call of one module, its outcomes checked.
    async fn call<F: Mapper>(
        self: &Arc<Self>,
        level: usize,
        link: &Link,
        module: &Module,
        facts: &[&F],
    ) -> Result<(Vec<Verdict>, Journal), Failed> {
        let Some(context) = self.contexts.get(level) else { return Err(Failure::GivenUp.into()) };
        let left = facts.len() * PASS_ON_PER_FACT + PASS_ON;
        let next = Next { run: Arc::clone(self), level, left };
        let (called, spent) = module.call(&link.title, context, facts, next).await;
        self.count(level, |usage| add_call(usage, spent));
        let called = called?;
        let outcomes = called
            .outcomes
            .into_iter()
            .map(|outcome| check::outcome(outcome, module.limits()).map_err(Failed::from));
        Ok((outcomes.collect(), called.journal))
    }

    fn count(&self, level: usize, with: impl FnOnce(&mut ModuleUsage)) {
        if let Some(usage) = self.usages.get(level) {
            with(&mut usage.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn blame<R: Default>(&self, level: usize, with: impl FnOnce(&mut Blame) -> R) -> R {
        match self.blames.get(level) {
            Some(blame) => with(&mut blame.lock().unwrap_or_else(PoisonError::into_inner)),
            None => R::default(),
        }
    }
}

fn add_call(usage: &mut ModuleUsage, spent: Spent) {
    usage.calls += 1;
    usage.seconds += spent.time.as_secs_f64();
    usage.memory_peak = usage.memory_peak.max(spent.memory as u64);
}

fn add_verdicts(usage: &mut ModuleUsage, verdicts: &[Verdict]) {
    usage.objects += verdicts.len() as u64;
    for verdict in verdicts {
        *match verdict {
            Ok(Outcome::Keep(_)) => &mut usage.kept,
            Ok(Outcome::Skip(_)) => &mut usage.skipped,
            Ok(Outcome::Reject(_)) => &mut usage.rejected,
            Err(_) => &mut usage.failed,
        } += 1;
    }
}

/// What a fact ends as that a module failed on and that no other mapper catches.
fn failed_outcome<F: Mapper>(link: &Link, label: &str, failed: &Failed) -> Outcome {
    let failure = &failed.failure;
    let mut message = match failure {
        Failure::Refused(problem) => problem.message.clone(),
        _ => format!("Module {} {failure} on {} {label}.", link.title, F::NOUN),
    };
    if link.policy == Policy::Skip {
        return Outcome::Skip(message);
    }
    let last = failed.last_words.len().saturating_sub(LAST_WORDS);
    if let Some(last) = failed.last_words.get(last..).filter(|last| !last.is_empty()) {
        message.push_str(&format!(" It wrote last: {}", last.join(" / ")));
    }
    Outcome::Reject(Rejection { code: failure.code().to_owned(), message, field: failure.field() })
}

fn unmapped(interface: Interface) -> MappedFact {
    let rejection = Rejection {
        code: "no-mapper".to_owned(),
        message: format!("No module maps `{}`.", interface.as_str()),
        field: None,
    };
    MappedFact { outcome: Outcome::Reject(rejection), module: "proxbox".to_owned() }
}
