//! What authors rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_transform_sdk::facts::{NodeFacts, VlanFacts};
use proxbox_transform_sdk::log::Level;
use proxbox_transform_sdk::{
    Context, Draft, Outcome, Reference, Rejection, Tag, Value, VlanMapper, VlanOverride, digest, fit, next,
    node, slug, testing, warn,
};

struct Plain;

impl VlanMapper for Plain {
    fn map(_cx: &Context, fact: &VlanFacts) -> Outcome {
        Draft::new("ipam.vlan").with("vid", u32::from(fact.id)).into()
    }
}

struct Renumbered;

impl VlanOverride for Renumbered {
    fn before(_cx: &Context, fact: &mut VlanFacts) {
        fact.id += 1000;
    }

    fn map(_cx: &Context, fact: &VlanFacts, usual: Outcome) -> Outcome {
        usual.edit(|vlan| vlan.text("name", format!("VLAN {}", fact.id)))
    }
}

fn vlan(id: u16) -> VlanFacts {
    VlanFacts { id, bridges: Vec::new() }
}

#[test]
fn an_override_changes_facts_on_their_way_down_and_drafts_on_their_way_up() {
    testing::vlan::set(Plain::map_all);
    let outcomes = Renumbered::map_all(&testing::context(), vec![vlan(1), vlan(2)]);
    let expected =
        |id: u32| Outcome::object(Draft::new("ipam.vlan").with("vid", id).text("name", format!("VLAN {id}")));
    assert_eq!(outcomes, [expected(1001), expected(1002)]);
}

#[test]
fn in_a_test_without_a_next_mapper_every_fact_is_rejected() {
    let fact = NodeFacts {
        name: "pve1".to_owned(),
        online: true,
        ip: None,
        level: String::new(),
        cpus: None,
        memory: None,
        disk: None,
        status: "{}".to_owned(),
        listing: "{}".to_owned(),
    };
    let outcomes = next::node(&testing::context(), &[fact]);
    assert!(matches!(&outcomes[..], [Outcome::Reject(Rejection { code, .. })] if code == "no-next-mapper"));
}

#[test]
fn slugs_are_what_netbox_accepts() {
    let table = [
        ("Linux (kernel 2.6 or newer)", "linux-kernel-2-6-or-newer"),
        ("  Database  ", "database"),
        ("a__b", "a-b"),
        ("ALL CAPS", "all-caps"),
        ("Büro", "b-ro"),
        ("", ""),
    ];
    for (name, expected) in table {
        assert_eq!(slug(name), expected);
    }
}

#[test]
fn cut_texts_count_characters_and_keep_their_suffix() {
    assert_eq!(fit("short", 10, "~1"), "short");
    assert_eq!(fit("ünïcödé", 7, "~1"), "ünïcödé");
    assert_eq!(fit("ünïcödé!", 7, "~1"), "ünïcö~1");
    assert_eq!(digest("pve1").len(), 8);
    assert_ne!(digest("pve1"), digest("pve2"));
    assert_eq!(digest(""), "811c9dc5");
}

#[test]
fn setting_a_field_again_replaces_it() {
    let draft = Draft::new("x").text("name", "one").text("name", "two").custom("c", 1).custom("c", 2);
    assert_eq!(draft.get("name"), Some(&Value::Text("two".to_owned())));
    assert_eq!(draft.get_custom("c"), Some(&Value::Integer(2)));
    assert_eq!((draft.fields.len(), draft.custom_fields.len()), (1, 1));
    assert_eq!(draft.without("name").fields, []);
}

#[test]
fn a_tag_is_added_once() {
    let draft = Draft::new("x").tag(Tag::new("Prod", "ff0000")).tag(Tag::new("prod", "00ff00"));
    assert_eq!(draft.tags.len(), 1);
}

#[test]
fn absent_null_and_a_value_are_three_things() {
    let draft = Draft::new("x").with("nothing", None::<bool>).with("something", Some(true));
    assert_eq!(draft.get("nothing"), Some(&Value::Null));
    assert_eq!(draft.get("something"), Some(&Value::Flag(true)));
    assert_eq!(draft.get("absent"), None);
}

#[test]
fn what_was_skipped_stays_skipped() {
    let skipped = Outcome::leave_out("not wanted");
    assert_eq!(skipped.clone().edit(|draft| draft.text("name", "x")).bring(Draft::new("y")), skipped);
}

#[test]
fn references_name_proxmox_objects_by_identity() {
    assert_eq!(
        node("pve1"),
        Reference {
            kind: "dcim.device".to_owned(),
            key: vec![("proxmox-node".to_owned(), "pve1".to_owned())]
        }
    );
}

#[test]
fn wrong_settings_are_a_rejection_that_says_what_is_wrong() {
    #[derive(Debug, serde::Deserialize)]
    struct Settings {
        #[allow(dead_code, reason = "only its type matters")]
        limit: u32,
    }
    let mut cx = testing::context();
    cx.settings = "{\"limit\":\"ten\"}".to_owned();
    let rejection = cx.settings::<Settings>().unwrap_err();
    assert_eq!(rejection.code, "wrong-settings");
    assert!(rejection.message.contains("expected u32"), "{}", rejection.message);
}

#[test]
fn log_lines_can_be_looked_at_in_tests() {
    warn!("vlan {} is odd", 7);
    assert_eq!(testing::take_log(), [(Level::Warn, "vlan 7 is odd".to_owned())]);
}
