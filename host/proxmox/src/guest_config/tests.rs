use super::*;
use proptest::prelude::*;
use serde_json::json;

fn parse(kind: GuestKind, config: Json) -> GuestConfig {
    let Json::Object(config) = config else { panic!("not an object") };
    GuestConfig::parse(101, kind, &config)
}

fn machine(config: Json) -> GuestConfig {
    parse(GuestKind::Qemu, config)
}

fn container(config: Json) -> GuestConfig {
    parse(GuestKind::Lxc, config)
}

#[test]
fn a_machine_has_the_uuid_of_its_firmware_tables() {
    let uuid = |line: &str| machine(json!({ "smbios1": line })).uuid;
    let known = Some("8a1c5c1e-5f0b-4a27-9c3a-0f7d1b2a3c4d".to_owned());
    assert_eq!(uuid("uuid=8A1C5C1E-5F0B-4A27-9C3A-0F7D1B2A3C4D"), known);
    assert_eq!(uuid("base64=1,serial=QUJD,uuid=8a1c5c1e-5f0b-4a27-9c3a-0f7d1b2a3c4d"), known);
    for none in ["", "serial=x", "uuid=", "uuid=web", "uuid=00000000-0000-0000-0000-000000000000"] {
        assert_eq!(uuid(none), None, "{none}");
    }
    assert_eq!(container(json!({"smbios1": "uuid=8a1c5c1e-5f0b-4a27-9c3a-0f7d1b2a3c4d"})).uuid, None);
}

#[test]
fn the_agent_is_found_in_every_spelling() {
    for value in [
        json!(1),
        json!("1"),
        json!(true),
        json!("enabled=1"),
        json!("1,fstrim_cloned_disks=1"),
        json!("fstrim_cloned_disks=1,enabled=1"),
        json!("enabled=on,type=virtio"),
    ] {
        assert!(machine(json!({"agent": value})).agent, "{value}");
    }
    for value in [
        json!(0),
        json!("0"),
        json!(false),
        json!("enabled=0,fstrim_cloned_disks=1"),
        json!("0,fstrim_cloned_disks=1"),
        json!("fstrim_cloned_disks=1"),
        json!(""),
        json!(null),
        json!([1]),
    ] {
        assert!(!machine(json!({"agent": value})).agent, "{value}");
    }
    assert!(!machine(json!({})).agent);
    assert!(!container(json!({"agent": 1})).agent);
}

#[test]
fn memory_is_a_number_a_text_or_a_property_string() {
    for value in [json!(2048), json!("2048"), json!("current=2048"), json!("2048,max=4096")] {
        assert_eq!(machine(json!({"memory": value})).memory, 2 << 30, "{value}");
    }
    for config in [json!({}), json!({"memory": null}), json!({"memory": "lots"}), json!({"memory": {}})] {
        assert_eq!(container(config.clone()).memory, 512 << 20, "{config}");
    }
}

#[test]
fn processors_of_a_machine_are_sockets_times_cores_unless_fewer_are_plugged() {
    assert_eq!(machine(json!({})).cpus, 1);
    assert_eq!(machine(json!({"cores": 4})).cpus, 4);
    assert_eq!(machine(json!({"sockets": "2", "cores": 4})).cpus, 8);
    assert_eq!(machine(json!({"sockets": 2, "cores": 4, "vcpus": 6})).cpus, 6);
    assert_eq!(machine(json!({"sockets": u64::MAX, "cores": 4})).cpus, u32::MAX);
}

#[test]
fn processors_of_a_container_are_its_cores_or_its_limit() {
    assert_eq!(container(json!({"cores": 3, "cpulimit": 2})).cpus, 3);
    assert_eq!(container(json!({"cpulimit": "1.5"})).cpus, 2);
    assert_eq!(container(json!({"cpulimit": 0})).cpus, 0);
    assert_eq!(container(json!({})).cpus, 0);
}

#[test]
fn tags_are_split_at_every_separator_and_are_a_set() {
    let tags = |text: &str| machine(json!({ "tags": text })).tags;
    assert_eq!(tags("prod;web, db  prod;;x"), ["db", "prod", "web", "x"]);
    assert_eq!(tags(" ; , "), Vec::<String>::new());
    assert_eq!(machine(json!({"tags": "b;a"})), machine(json!({"tags": "a;b"})));
}

#[test]
fn switches_default_to_off_and_come_in_any_shape() {
    let bare = container(json!({}));
    assert!(!bare.start_at_boot && !bare.unprivileged && bare.template.is_none());
    let set = container(json!({"onboot": "1", "unprivileged": true, "template": 1}));
    assert!(set.start_at_boot && set.unprivileged && set.template == Some(true));
    assert!(!machine(json!({"unprivileged": 1})).unprivileged);
}

#[test]
fn names_and_texts_come_from_the_keys_of_their_kind() {
    let vm = machine(json!({"name": "web", "hostname": "x", "ostype": "l26", "description": " a\n"}));
    assert_eq!((vm.name.as_deref(), vm.os.as_deref(), vm.notes.as_str()), (Some("web"), Some("l26"), " a\n"));
    let ct = container(json!({"name": "x", "hostname": "dns", "searchdomain": "lan"}));
    assert_eq!((ct.name.as_deref(), ct.search_domain.as_deref()), (Some("dns"), Some("lan")));
}

#[test]
fn secrets_do_not_leave_with_the_configuration() {
    let config = machine(json!({"cipassword": "hunter2", "sshkeys": "ssh-ed25519%20AAAA", "args": "-S"}));
    assert_eq!(config.json, r#"{"args":"-S","sshkeys":"ssh-ed25519%20AAAA"}"#);
    let config = container(json!({
        "env": "DB_PASSWORD=hunter2",
        "lxc": [["lxc.environment", "TOKEN=hunter2"], ["lxc.cgroup2.x", "1"], 7],
    }));
    assert_eq!(config.json, r#"{"lxc":[["lxc.cgroup2.x","1"],7]}"#);
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".*".prop_map(Json::from),
        "[0-9a-z=,.:;/]{0,20}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::hash_map("[a-z0-9]{1,8}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

fn config_key() -> impl Strategy<Value = String> {
    let known = [
        "agent",
        "cores",
        "sockets",
        "vcpus",
        "cpulimit",
        "memory",
        "tags",
        "template",
        "onboot",
        "name",
        "hostname",
        "ostype",
        "description",
        "rootfs",
        "scsi0",
        "mp1",
        "efidisk0",
        "lxc",
        "env",
        "cipassword",
        "sshkeys",
        "net0",
        "ipconfig0",
        "unused0",
    ];
    prop_oneof![proptest::sample::select(known.to_vec()).prop_map(str::to_owned), "[a-z0-9]{1,10}"]
}

proptest! {
    #[test]
    fn no_configuration_makes_it_panic(
        config in proptest::collection::hash_map(config_key(), any_json(), 0..12),
        qemu in any::<bool>(),
    ) {
        let kind = if qemu { GuestKind::Qemu } else { GuestKind::Lxc };
        let config: Map<String, Json> = config.into_iter().collect();
        let parsed = GuestConfig::parse(101, kind, &config);
        let text: Json = serde_json::from_str(&parsed.json).unwrap();
        prop_assert!(text.get("cipassword").is_none() && text.get("env").is_none());
        prop_assert!(parsed.tags.iter().all(|tag| !tag.is_empty()));
    }
}
