//! Outcomes of any shape that the contract allows, as far as possible from what the host wants.

use crate::mutation::{number, text};
use arbitrary::{Result, Unstructured};
use proxbox_model::draft::{Draft, Field, KeyParts, Outcome, Reference, Rejection, Tag, Value};
use proxbox_model::kind::{CUSTOM_FIELDS, KINDS};

/// Names of key parts that name a Proxmox object.
const IDENTITIES: [&str; 9] = [
    "proxmox-cluster",
    "proxmox-node",
    "proxmox-vmid",
    "proxmox-net",
    "proxmox-disk",
    "proxmox-interface",
    "proxmox-ip",
    "proxmox-storage",
    "proxmox-guest-interface",
];

/// Any outcome.
pub(crate) fn outcome(choices: &mut Unstructured<'_>) -> Result<Outcome> {
    Ok(match choices.int_in_range(0..=9)? {
        0 => Outcome::Skip(text(choices)?),
        1 => Outcome::Reject(Rejection {
            code: text(choices)?,
            message: text(choices)?,
            field: choices.arbitrary::<bool>()?.then(|| text(choices)).transpose()?,
        }),
        2 => Outcome::Keep(several(choices, 0..=70, |choices| draft(choices, None))?),
        _ => {
            let mut drafts = vec![draft(choices, Some("virtualization.virtualmachine"))?];
            drafts.extend(several(choices, 0..=3, |choices| draft(choices, None))?);
            Outcome::Keep(drafts)
        }
    })
}

fn several<T>(
    choices: &mut Unstructured<'_>,
    range: std::ops::RangeInclusive<usize>,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..choices.int_in_range(range)?).map(|_| one(choices)).collect()
}

fn draft(choices: &mut Unstructured<'_>, own: Option<&str>) -> Result<Draft> {
    let kind = match own {
        Some(kind) if choices.ratio(9_u8, 10_u8)? => kind.to_owned(),
        _ => kind(choices)?,
    };
    let known = proxbox_model::kind::find(&kind);
    let name = |choices: &mut Unstructured<'_>| match known {
        Some(kind) if !kind.fields.is_empty() && choices.ratio(9_u8, 10_u8)? => {
            Ok(choices.choose(kind.fields)?.name.to_owned())
        }
        _ => text(choices),
    };
    let custom = |choices: &mut Unstructured<'_>| {
        if choices.ratio(3_u8, 4_u8)? {
            Ok(choices.choose(CUSTOM_FIELDS)?.name.to_owned())
        } else {
            text(choices)
        }
    };
    let field = |choices: &mut Unstructured<'_>, name: String| Ok(Field { name, value: value(choices)? });
    Ok(Draft {
        key: if choices.ratio(1_u8, 4_u8)? { key(choices)? } else { KeyParts::new() },
        fields: several(choices, 0..=4, |choices| name(choices).and_then(|name| field(choices, name)))?,
        custom_fields: several(choices, 0..=2, |choices| {
            custom(choices).and_then(|name| field(choices, name))
        })?,
        tags: several(choices, 0..=2, tag)?,
        kind,
    })
}

fn kind(choices: &mut Unstructured<'_>) -> Result<String> {
    if choices.ratio(9_u8, 10_u8)? { Ok(choices.choose(KINDS)?.name.to_owned()) } else { text(choices) }
}

fn tag(choices: &mut Unstructured<'_>) -> Result<Tag> {
    Ok(Tag { name: text(choices)?, slug: text(choices)?, color: text(choices)? })
}

fn key(choices: &mut Unstructured<'_>) -> Result<KeyParts> {
    several(choices, 0..=3, |choices| {
        let name = match choices.int_in_range(0..=3)? {
            0 => text(choices)?,
            1 => (*choices.choose(&["slug", "name", "manufacturer.slug"])?).to_owned(),
            _ => (*choices.choose(&IDENTITIES)?).to_owned(),
        };
        Ok((name, text(choices)?))
    })
}

fn reference(choices: &mut Unstructured<'_>) -> Result<Reference> {
    Ok(Reference { kind: kind(choices)?, key: key(choices)? })
}

fn value(choices: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match choices.int_in_range(0..=8)? {
        0 => Value::Null,
        1 => Value::Flag(choices.arbitrary()?),
        2 => Value::Integer(number(choices)?),
        3 => Value::Decimal(text(choices)?),
        4 => Value::Text(text(choices)?),
        5 => Value::Texts(several(choices, 0..=3, text)?),
        6 => Value::Json(text(choices)?),
        7 => Value::Reference(reference(choices)?),
        _ => Value::References(several(choices, 0..=3, reference)?),
    })
}
