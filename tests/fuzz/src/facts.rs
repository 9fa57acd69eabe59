//! Odd facts through the built-in mappers.

use crate::claims;
use crate::host::{context, host};
use crate::lowering::{self, lower_all};
use crate::mutation::make_odd;
use crate::seeds::{Seed, seeds};
use arbitrary::{Result, Unstructured};
use proxbox_model::Problem;
use proxbox_transform::MapContext;
use serde_json::Value as Json;

/// Most facts of one call.
const MOST: usize = 4;

/// Facts of one type, each with some odd values.
struct Input {
    interface: &'static str,
    context: MapContext,
    facts: Vec<Json>,
}

/// Maps odd facts with the built-in mappers. What is no record of its type is refused as a whole; every other fact has
/// one outcome, the same every time, whose drafts are such as the host takes. A built-in mapper never fails.
pub fn facts(bytes: &[u8]) {
    let Ok(input) = draw(&mut Unstructured::new(bytes)) else { return };
    let host = host();
    let modules = host.transforms().usual();
    let map = || host.wait(modules.map_json(input.interface, &input.context, &input.facts));
    let mapped = match map() {
        Ok(mapped) => mapped,
        Err(unreadable) => return claims::told(&Problem::from(&unreadable)),
    };
    let what = format!("{} {:?}", input.interface, input.facts);
    assert_eq!(mapped.outcomes.len(), input.facts.len(), "one outcome each: {what}");
    assert_eq!(mapped.problems, [], "a built-in mapper failed: {what}");
    for mapped in &mapped.outcomes {
        claims::well_formed(&mapped.outcome);
    }
    let again = map().unwrap_or_else(|wrong| panic!("refused the second time: {wrong}: {what}"));
    assert_eq!(again.outcomes, mapped.outcomes, "two mappings of {what}");
    let readable = input.facts.iter().map(|fact| lowering::fact_of(input.interface, fact));
    let facts = readable.zip(mapped.outcomes).collect();
    for problem in lower_all(facts, &input.context) {
        // Proxmox's own text may be none that NetBox takes: empty, or with a NUL.
        let fits = !problem.code.starts_with("draft-") || problem.code == "draft-wrong-value";
        assert!(fits, "a draft that does not fit: {problem:?} of {what}");
    }
}

fn draw(choices: &mut Unstructured<'_>) -> Result<Input> {
    let of_a_type = choices.choose(seeds())?;
    let first: &Seed = choices.choose(of_a_type)?;
    let mut options = first.options.clone();
    if choices.ratio(1_u8, 4_u8)? {
        make_odd(&mut options, choices)?;
    }
    let mut facts = Vec::new();
    for _ in 0..choices.int_in_range(1..=MOST)? {
        let mut fact = choices.choose(of_a_type)?.fact.clone();
        make_odd(&mut fact, choices)?;
        facts.push(fact);
    }
    Ok(Input { interface: &first.interface, context: context(choices, options)?, facts })
}
