//! What authors rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proxbox_transform_sdk::facts::{Address, VlanFacts};
use proxbox_transform_sdk::log::Level;
use proxbox_transform_sdk::{
    Context, Draft, InterfaceAddress, Outcome, Raw, Reference, Rejection, Tag, Value, VlanMapper,
    VlanOverride, digest, fit, guest_interface, is_on, matches, next, node, property, slug, testing, time,
    warn,
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
    let outcomes = next::node(&testing::context(), &[testing::node("pve1")]);
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

#[test]
fn times_are_written_in_utc() {
    let table = [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (1_078_012_799, "2004-02-28T23:59:59Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_709_251_200, "2024-03-01T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"),
        (1_767_225_600, "2026-01-01T00:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (u64::MAX, "9999-12-31T23:59:59Z"),
    ];
    for (timestamp, text) in table {
        assert_eq!(time(timestamp), text);
    }
}

/// Day by day against a calendar that counts, over four centuries and a bit.
#[test]
fn no_day_is_left_out_of_the_calendar() {
    let (mut year, mut month, mut day) = (1970, 1, 1);
    for days in 0..150_000 {
        assert_eq!(time(days * 86_400), format!("{year:04}-{month:02}-{day:02}T00:00:00Z"));
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + u32::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        day += 1;
        if day > last {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
}

#[test]
fn choices_of_a_run_are_read_by_their_type() {
    let mut cx = testing::context();
    cx.options =
        r#"{"on":true,"off":false,"text":" x ","blank":" ","in":{"pve1":{"qemu":"edge"},"on":1}}"#.to_owned();
    assert!(cx.flag("on", false) && !cx.flag("off", true));
    assert!(cx.flag("missing", true) && !cx.flag("missing", false) && cx.flag("text", true));
    assert_eq!(cx.option("text").as_deref(), Some("x"));
    assert_eq!(cx.option("blank"), None);
    assert_eq!(cx.option("on"), None);
    assert_eq!(cx.option_at(&["in", "pve1", "qemu"]).as_deref(), Some("edge"));
    for path in [&["in", "pve2", "qemu"][..], &["in", "on", "x"], &["in"], &["text", "x"], &[]] {
        assert_eq!(cx.option_at(path), None, "{path:?}");
    }
}

#[test]
fn raw_values_mean_the_same_in_every_form() {
    let raw = Raw::of(
        r#"{"a":"1","b":1,"c":true,"d":"x=1, y = 2","e":{"x":1,"y":"2"},"f":["p","q"],"g":null,"h":" "}"#,
    );
    assert!(["a", "b", "c"].iter().all(|key| raw.flag(key) == Some(true)));
    assert!(["a", "b", "c"].iter().all(|key| raw.integer(key) == Some(1)));
    assert!(["d", "e"].iter().all(|key| raw.property(key, "y").as_deref() == Some("2")));
    assert_eq!(raw.text("f").as_deref(), Some("p,q"));
    assert!(["g", "h", "missing"].iter().all(|key| raw.text(key).is_none() && raw.flag(key).is_none()));
    assert_eq!(Raw::of("[1").without(&["a"]), Value::Json("{}".to_owned()));
    assert_eq!(Raw::of(r#"{"a":1,"b":2}"#).without(&["a"]), Value::Json(r#"{"b":2}"#.to_owned()));
}

#[test]
fn parts_of_a_line_are_found_by_name() {
    let line = "virtio=aa, ip = 192.0.2.1/24 ,ip6=,gw=x=y";
    assert_eq!(property(line, "ip"), Some("192.0.2.1/24"));
    assert_eq!(property(line, "ip6"), None);
    assert_eq!(property(line, "gw"), Some("x=y"));
    assert_eq!(property("", "ip"), None);
    assert!([" On", "1", "yes", "TRUE"].iter().all(|text| is_on(text)));
    assert!(["0", "", "2", "enabled"].iter().all(|text| !is_on(text)));
}

#[test]
fn addresses_are_read_and_written() {
    let read = |ip: &str, prefix| InterfaceAddress::of(&Address { ip: ip.to_owned(), prefix });
    assert_eq!(read(" 192.0.2.1 ", Some(24)).unwrap().cidr(), "192.0.2.1/24");
    assert_eq!(read("fe80::1%eth0", Some(64)).unwrap().cidr(), "fe80::1/64");
    assert!(
        read("fe80::1", None).unwrap().is_link_local() && read("169.254.0.1", None).unwrap().is_link_local()
    );
    assert!(read("::1", None).unwrap().is_loopback() && !read("192.0.2.1", None).unwrap().is_loopback());
    for text in ["", "dhcp", "192.0.2", "192.0.2.1/24", "1.2.3.4.5", "%", "::g"] {
        assert_eq!(read(text, None), None, "{text}");
    }
}

#[test]
fn a_companion_is_keyed_by_what_a_reference_says() {
    let reference = guest_interface(101, "net0");
    let draft = Draft::about(reference.clone()).with("enabled", true);
    assert_eq!((draft.kind, draft.key), (reference.kind, reference.key));
}

#[test]
fn numbers_too_large_for_a_draft_are_its_largest() {
    assert_eq!(Value::from(u64::MAX), Value::Integer(i64::MAX));
    assert_eq!(Value::from(7_u64), Value::Integer(7));
}

#[test]
fn patterns_match_whole_names() {
    let fits = [
        ("lab-*", "lab-"),
        ("*", ""),
        ("**", "x"),
        ("*-prod", "web-prod-prod"),
        ("a*b*c", "aXbXbXc"),
        ("w?b", "WEB"),
        ("b?ro", "büro"),
        ("ÜBER*", "über-1"),
        ("", ""),
    ];
    fits.into_iter().for_each(|(pattern, name)| assert!(matches(pattern, name), "{pattern} {name}"));
    let others =
        [("lab-*", "my-lab-1"), ("lab", "lab-1"), ("?", ""), ("a*b", "abc"), ("", "x"), ("*a?", "ba")];
    others.into_iter().for_each(|(pattern, name)| assert!(!matches(pattern, name), "{pattern} {name}"));
}

#[test]
fn a_pattern_of_many_stars_ends_in_time() {
    assert!(!matches(&"*a".repeat(60), &"a".repeat(30_000).replace("aaa", "aab")));
}

#[test]
fn what_follows_a_prefix_is_never_empty() {
    let mut guest = testing::guest(101, "web");
    guest.tags = ["svc-", "svc", "SVC-ssh", "é", "svc-é"].map(str::to_owned).to_vec();
    assert_eq!(guest.tagged("svc-").collect::<Vec<_>>(), ["ssh", "é"]);
}

#[test]
fn companions_can_be_changed_and_taken_away_but_the_own_object_stays() {
    let usual = Outcome::object(Draft::new("x").text("name", "own"))
        .bring(Draft::named("y", "first"))
        .bring(Draft::named("z", "second"));
    let changed = usual.clone().edit_companions(|it| it.text("color", "9e9e9e"));
    assert_eq!(changed.own(), usual.own());
    assert!(changed.companions().iter().all(|it| it.get_text("color") == Some("9e9e9e")));
    assert_eq!(usual.retain_companions(|_| false), Draft::new("x").text("name", "own").into());

    let skipped = Outcome::leave_out("not wanted");
    assert_eq!(skipped.clone().edit_companions(|_| Draft::new("x")).retain_companions(|_| true), skipped);
    assert_eq!((skipped.own(), skipped.companions()), (None, &[] as &[Draft]));
}

#[test]
fn the_next_mapper_of_a_test_may_remember_what_it_was_asked() {
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = std::rc::Rc::clone(&asked);
    testing::vlan::set(move |cx, vlans| {
        count.set(count.get() + vlans.len());
        Plain::map_all(cx, vlans)
    });
    Renumbered::map_all(&testing::context(), vec![vlan(1), vlan(2)]);
    assert_eq!(asked.get(), 2);
}
