//! Modules that return anything at all.

use crate::host::{context, host};
use crate::lowering::{fact_of, lower_all};
use crate::{by_hand, claims, outcomes};
use arbitrary::{Result, Unstructured};
use proxbox_model::draft::Outcome;
use proxbox_modules::{Entry, Policy};
use proxbox_transform::{Limits, MapContext, Mapped, ModuleSet};
use serde_json::{Value as Json, json};
use std::sync::OnceLock;

/// Vmid of the guest for which the module returns what it should.
const GOOD: u32 = 100;

/// Most other guests of one call.
const MOST: usize = 6;

const POLICIES: [Policy; 3] = [Policy::Builtin, Policy::Skip, Policy::Fail];

/// The module that plays a role for each policy; loading one takes longer than using it.
struct Cast {
    puppets: Vec<ModuleSet>,
    by_hand: Vec<ModuleSet>,
}

fn cast() -> &'static Cast {
    static CAST: OnceLock<Cast> = OnceLock::new();
    let with = |bytes: &[u8], policy| {
        let entry = Entry { policy, ..Entry::of_file("actor.wasm") };
        let modules = host().with(entry, bytes.to_vec());
        assert_eq!(modules.problems(), []);
        modules
    };
    CAST.get_or_init(|| Cast {
        puppets: POLICIES
            .map(|policy| with(include_bytes!("../../modules/artifacts/puppet.wasm"), policy))
            .into(),
        by_hand: POLICIES.map(|policy| with(by_hand::component(), policy)).into(),
    })
}

/// What modules return, and for what.
struct Input {
    modules: &'static ModuleSet,
    context: MapContext,
    facts: Vec<Json>,
}

/// Lets a module return anything, and does with it what a run does. Every fact has one outcome that is well formed or a
/// failure with code and words, the good guest has what the module returned for it, and lowering takes all of it.
pub fn guest_output(bytes: &[u8]) {
    let mut choices = Unstructured::new(bytes);
    let drawn =
        if choices.ratio(2_u8, 3_u8).unwrap_or(true) { played(&mut choices) } else { raw(&mut choices) };
    let Ok(input) = drawn else { return };
    let mapped = host()
        .wait(input.modules.map_json("virtual-machine", &input.context, &input.facts))
        .expect("the facts are records of guests");
    check(&input, &mapped);
    let facts = input.facts.iter().map(|fact| fact_of("virtual-machine", fact));
    for problem in lower_all(facts.zip(mapped.outcomes).collect(), &input.context) {
        // Its hint may be missing: a module that rejects has said what is wrong.
        claims::harmless(&problem.message);
        assert!(!problem.code.is_empty() && !problem.message.is_empty(), "{problem:?}");
    }
}

fn check(input: &Input, mapped: &Mapped) {
    assert_eq!(mapped.outcomes.len(), input.facts.len(), "one outcome each");
    mapped.problems.iter().for_each(claims::told_of_a_module);
    mapped.log.iter().for_each(|line| claims::shown(&line.message));
    for (fact, mapped) in input.facts.iter().zip(&mapped.outcomes) {
        claims::well_formed(&mapped.outcome);
        if let Outcome::Keep(drafts) = &mapped.outcome {
            assert!(drafts.len() <= Limits::default().drafts, "{} drafts", drafts.len());
        }
        if fact["vmid"] == GOOD {
            let skipped =
                matches!(&mapped.outcome, Outcome::Skip(reason) if reason == "good" || reason == "by-hand");
            assert!(skipped, "the good guest suffers: {mapped:?}");
        }
    }
}

/// Outcomes that fit the contract, in any number.
fn played(choices: &mut Unstructured<'_>) -> Result<Input> {
    let mut facts = vec![guest(GOOD, &json!([{"skip": "good"}]).to_string())];
    for vmid in 0..choices.int_in_range(1..=MOST)? {
        let count = *choices.choose(&[1, 1, 1, 1, 1, 1, 0, 2])?;
        let outcomes = (0..count).map(|_| outcomes::outcome(choices)).collect::<Result<Vec<_>>>()?;
        let notes = serde_json::to_string(&outcomes).unwrap_or_default();
        facts.push(guest(u32::try_from(vmid).unwrap_or_default() + 1, &notes));
    }
    let modules = choices.choose(&cast().puppets)?;
    Ok(Input { modules, context: context(choices, json!({}))?, facts })
}

/// Memory that a list of outcomes is read from, fitting the contract or not.
fn raw(choices: &mut Unstructured<'_>) -> Result<Input> {
    let modules = choices.choose(&cast().by_hand)?;
    let context = context(choices, json!({}))?;
    let place = if choices.ratio(9_u8, 10_u8)? { by_hand::MEMORY + 8 } else { choices.arbitrary()? };
    let count = if choices.ratio(9_u8, 10_u8)? { 1_u32 } else { choices.arbitrary()? };
    let mut memory: Vec<u8> = place.to_le_bytes().into_iter().chain(count.to_le_bytes()).collect();
    while !choices.is_empty() && memory.len() < 1000 {
        memory.extend(word(choices)?.to_le_bytes());
    }
    let letter = |nibble: u8| char::from(b'a' + nibble);
    let notes: String = memory.iter().flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]).collect();
    Ok(Input { modules, context, facts: vec![guest(1, &notes), guest(GOOD, "")] })
}

/// A discriminant, a length, or a pointer, mostly to where something is.
fn word(choices: &mut Unstructured<'_>) -> Result<u32> {
    Ok(match choices.int_in_range(0..=9)? {
        0 => choices.arbitrary()?,
        1 => *choices.choose(&[u32::MAX, 0x8000_0000, 0x7fff_ffff, 262_144, 262_143])?,
        2..=4 => by_hand::MEMORY + 8 + 4 * choices.int_in_range(0..=64)?,
        5 => choices.int_in_range(0..=9)?,
        6 => 1,
        _ => 0,
    })
}

fn guest(vmid: u32, notes: &str) -> Json {
    json!({
        "vmid": vmid, "kind": "qemu", "name": format!("vm{vmid}"), "node": "pve1", "status": "running",
        "template": false, "tags": [], "pool": null, "cpus": 2, "memory": 4_294_967_296_u64, "disk": 0, "os": "l26",
        "start_at_boot": true, "agent": true, "unprivileged": false, "search_domain": null, "notes": notes,
        "listing": "{}", "config": "{}"
    })
}
