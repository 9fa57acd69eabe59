use crate::build::*;
use crate::netbox::Netbox;
use proxbox_model::draft::{Draft, Tag, Value};
use proxbox_model::report::ObjectResult;

/// Syncs one wrong guest beside a good one, and gives the code and message of the wrong one.
fn wrong(guest_draft: Kept1) -> (String, String) {
    let mut netbox = Netbox::default();
    let run = sync(&mut netbox, &source("prod", [guest_draft, guest("prod", 101, "good")]));
    assert_eq!(*run.vm("prod", 101), ObjectResult::Created, "the other guest goes on");
    assert_eq!(netbox.names(VM), ["good"]);
    (code(run.vm("prod", 100)).to_owned(), message(run.vm("prod", 100)).to_owned())
}

fn web() -> Kept1 {
    guest("prod", 100, "web")
}

#[test]
fn a_wrong_draft_is_blamed_on_module_object_and_field() {
    let (code, message) = wrong(web().with_text("memmory", "1"));
    assert_eq!(code, "draft-unknown-field");
    assert_eq!(
        message,
        "test 1.0.0 returned a wrong draft for prod/vmid 100 (web): \
         virtualization.virtualmachine has no field `memmory` (did you mean `memory`?)"
    );
}

#[test]
fn an_unknown_kind_is_refused_with_the_nearest_name() {
    let (code, message) = wrong(web().bring(draft("dcim.platfrom").with_text("name", "x")));
    assert_eq!(code, "draft-unknown-kind");
    assert!(message.contains("did you mean `dcim.platform`?"), "{message}");
}

#[test]
fn values_of_the_wrong_type_or_size_are_refused() {
    let cases: Vec<(&str, Value, &str)> = vec![
        ("memory", text("2048"), "memory wants a whole number from 0 to 2147483647, not text"),
        ("memory", Value::Integer(-1), "not -1"),
        ("memory", Value::Integer(i64::MAX), "not 9223372036854775807"),
        ("vcpus", Value::Decimal("two".to_owned()), "vcpus wants a decimal number, not `two`"),
        ("vcpus", Value::Decimal("1e3".to_owned()), "not `1e3`"),
        ("name", Value::Null, "name wants text, not nothing"),
        ("name", text("a\0b"), "not text with a NUL character"),
        ("status", Value::Flag(true), "not true or false"),
        ("status", text(""), "status wants the text of a choice"),
        ("role", text("server"), "role wants a reference to a dcim.devicerole, not text"),
        ("role", reference("dcim.site", &[("slug", "x")]), "not a reference to a dcim.site"),
        ("device", Value::References(vec![]), "not a list of references"),
    ];
    for (field, value, expected) in cases {
        let (code, message) = wrong(web().with(field, value));
        assert_eq!(code, "draft-wrong-value", "{message}");
        assert!(message.contains(expected), "{message}");
    }
    let (code, message) = wrong(web().with_text("description", &"x".repeat(201)));
    assert_eq!(code, "draft-too-long");
    assert!(message.contains("description holds at most 200 characters, not 201"), "{message}");
}

#[test]
fn slugs_and_colours_have_their_shape() {
    for broken in
        [role("a b"), role(""), role("x").with_text("color", "red"), role("x").with_text("color", "#00ff00")]
    {
        assert_eq!(wrong(web().bring(broken)).0, "draft-wrong-value");
    }
    let tag = Tag { name: "x".to_owned(), slug: "not a slug".to_owned(), color: "ff5722".to_owned() };
    let mut tagged = web();
    tagged.drafts[0].tags.push(tag);
    assert!(wrong(tagged).1.contains("extras.tag.slug"));
}

#[test]
fn references_must_name_fields_of_their_kind() {
    let cases = [
        (vec![], "is named by nothing"),
        (vec![("slugg", "x")], "did you mean `slug`?"),
        (vec![("proxmox-node", "pve1")], "this identity does not name such an object"),
        (vec![("proxmox-cluster", "x"), ("slug", "x")], "an identity stands alone"),
        (vec![("color", "ffffff")], "only texts, numbers and relations"),
    ];
    for (key, expected) in cases {
        let (_, message) = wrong(web().with("role", reference("dcim.devicerole", &key)));
        assert!(message.contains(expected), "{message}");
    }
    let (_, message) = wrong(web().with("role", reference("dcim.role", &[("slug", "x")])));
    assert!(message.contains("no NetBox kind `dcim.role`"), "{message}");
}

#[test]
fn an_empty_keep_is_refused() {
    let mut empty = web();
    empty.drafts.clear();
    assert_eq!(wrong(empty).0, "draft-missing");
}

#[test]
fn the_first_draft_must_be_the_facts_own_object() {
    let mut swapped = web().bring(role("x"));
    swapped.drafts.reverse();
    let (code, message) = wrong(swapped);
    assert_eq!(code, "draft-wrong-kind");
    assert!(message.contains("must be a virtualization.virtualmachine, not a dcim.devicerole"), "{message}");

    assert_eq!(wrong(web().key("proxmox-vmid", "101")).0, "draft-wrong-key");
}

#[test]
fn a_companion_needs_a_natural_key() {
    let nameless: Draft = draft("dcim.devicetype").with_text("slug", "x");
    let (code, message) = wrong(web().bring(nameless));
    assert_eq!(code, "draft-wrong-key");
    assert!(message.contains("it needs manufacturer and slug, or manufacturer and model"), "{message}");
    assert_eq!(wrong(web().bring(draft(DEVICE).with_text("name", "x"))).0, "draft-wrong-key");
    assert_eq!(wrong(web().bring(role("x").key("slug", "y"))).0, "draft-wrong-key");
}

#[test]
fn a_field_comes_once() {
    let mut twice = web();
    let again = twice.drafts[0].fields[0].clone();
    twice.drafts[0].fields.push(again);
    assert_eq!(wrong(twice).0, "draft-repeated-field");
}

#[test]
fn hostile_text_of_a_module_cannot_break_a_message() {
    let (_, message) = wrong(web().with_text(&format!("x\n\u{1b}[2J{}", "y".repeat(10_000)), "1"));
    assert!(!message.contains(['\n', '\u{1b}']) && message.chars().count() < 300, "{message}");
}

#[test]
fn a_new_object_without_a_name_fails_but_an_existing_one_keeps_its_name() {
    let mut netbox = Netbox::default();
    let nameless = || source("prod", [guest("prod", 100, "web").without("name")]);
    assert_eq!(code(sync(&mut netbox, &nameless()).vm("prod", 100)), "draft-without-name");
    sync(&mut netbox, &source("prod", [guest("prod", 100, "web")]));
    assert!(sync(&mut netbox, &nameless()).plan.is_noop());
}
