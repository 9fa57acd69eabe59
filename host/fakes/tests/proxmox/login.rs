use crate::client::{data, fleet, get, get_as, refusal, request, start, start_with};
use proxbox_fakes::fleet::{Fleet, FleetSpec, GuestKind};
use proxbox_fakes::proxmox::{Account, Options, Rights};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_wrong_token_is_refused_in_proxmoxs_words() {
    let fake = start(fleet()).await;
    let with = |token: &str| {
        let request = request(&fake, Method::GET, "/version");
        refusal(request.header("authorization", format!("PVEAPIToken={token}")))
    };
    let (user, name, secret) = fake.token();
    let mut reasons = vec![refusal(request(&fake, Method::GET, "/version")).await];
    reasons.push(with(&format!("{user}!{name}=wrong")).await);
    reasons.push(with(&format!("{user}!other={secret}")).await);
    reasons.push(with(&format!("nobody@pve!{name}={secret}")).await);
    let reasons: Vec<(u16, &str)> =
        reasons.iter().map(|(status, reason, _)| (*status, reason.as_str())).collect();
    let expected = [
        (401, "No ticket"),
        (401, "invalid token value!"),
        (401, "no such token 'other' for user 'proxbox@pve'"),
        (401, "no such user ('nobody@pve')"),
    ];
    assert_eq!(reasons, expected);
}

#[tokio::test]
async fn a_password_gives_a_ticket_until_it_expires() {
    let fake = start(fleet()).await;
    let (user, password) = fake.password();
    let form = [("username", user.as_str()), ("password", password.as_str())];
    let answer = request(&fake, Method::POST, "/access/ticket").form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let ticket = answer["data"]["ticket"].as_str().unwrap();
    assert!(answer["data"]["CSRFPreventionToken"].is_string());
    let encoded = ticket.replace(':', "%3A").replace('+', "%2B").replace('=', "%3D");
    let read = |cookie: &str| {
        let request = request(&fake, Method::GET, "/cluster/status");
        refusal(request.header("cookie", format!("other=1; PVEAuthCookie={cookie}")))
    };
    assert_eq!((read(ticket).await.0, read(&encoded).await.0), (200, 200));
    fake.expire_tickets();
    let (status, reason, _) = read(ticket).await;
    assert_eq!((status, reason.as_str()), (401, "permission denied - invalid PVE ticket"));

    let json = json!({"username": "proxbox", "realm": "pve", "password": password});
    assert_eq!(refusal(request(&fake, Method::POST, "/access/ticket").json(&json)).await.0, 200);
    let wrong = [("username", user.as_str()), ("password", "wrong")];
    let (status, reason, _) = refusal(request(&fake, Method::POST, "/access/ticket").form(&wrong)).await;
    assert_eq!((status, reason.as_str()), (401, "authentication failure"));
    let (status, _, body) = refusal(request(&fake, Method::POST, "/access/ticket").form(&[("a", "b")])).await;
    assert_eq!((status, body["errors"]["username"].is_string()), (400, true));
}

#[tokio::test]
async fn a_separated_token_logs_in_and_sees_nothing() {
    let account = Account::reader();
    let token = account.tokens.iter().find(|token| token.name == "separated").unwrap();
    let fake = start(fleet()).await;
    let read = async |path: &str| refusal(get_as(&fake, &token.name, &token.secret, path)).await;
    for path in
        ["/cluster/resources?type=vm", "/storage", "/pools", "/nodes/pve1/qemu", "/cluster/replication"]
    {
        let (status, _, body) = read(path).await;
        assert_eq!((status, &body["data"]), (200, &json!([])), "{path}");
    }
    assert_eq!(read("/access/permissions").await.2["data"], json!({}));
    let (status, reason, _) = read("/cluster/status").await;
    assert_eq!((status, reason.as_str()), (403, "Permission check failed (/, Sys.Audit)"));
    let nodes = read("/nodes").await.2["data"].take();
    assert_eq!((nodes.as_array().unwrap().len(), &nodes[0]["maxmem"]), (3, &Value::Null));
}

#[tokio::test]
async fn an_auditor_sees_guests_but_neither_agents_nor_backups() {
    let account = Account::reader();
    let token = account.tokens.iter().find(|token| token.name == "auditor").unwrap();
    let fake = start(fleet()).await;
    let vmid = fake.change(|fleet| fleet.add_guest(GuestKind::Qemu, "vm"));
    let read = async |path: &str| refusal(get_as(&fake, &token.name, &token.secret, path)).await;
    assert_eq!(read("/cluster/resources?type=vm").await.2["data"].as_array().unwrap().len(), 61);
    let (status, reason, _) = read(&format!("/nodes/pve1/qemu/{vmid}/agent/network-get-interfaces")).await;
    assert_eq!(
        (status, reason),
        (403, format!("Permission check failed (/vms/{vmid}, VM.GuestAgent.Audit)"))
    );
    let (_, _, body) = read("/nodes/pve1/storage/pbs-main/content?content=backup").await;
    assert_eq!(body["data"], json!([]));
    assert!(
        !data(&fake, "/nodes/pve1/storage/pbs-main/content?content=backup")
            .await
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn rights_hold_on_a_path_on_a_pool_and_not_where_they_are_taken_away() {
    let mut fleet = fleet();
    let [hidden, shown, pooled] = [0, 1, 2].map(|n| *fleet.guests.keys().nth(n).unwrap());
    fleet.set_pool(hidden, None).unwrap();
    fleet.set_pool(pooled, Some("mine")).unwrap();
    let everything = Rights::reader().deny(&format!("/vms/{hidden}"));
    let little =
        Rights::default().grant("/pool/mine", &["VM.Audit"]).grant(&format!("/vms/{shown}"), &["VM.Audit"]);
    let accounts = vec![
        Account::new("a@pve", "pw", "t", "s1", everything),
        Account::new("b@pve", "pw", "t", "s2", little),
    ];
    let fake = start_with(fleet, Options::http().accounts(accounts)).await;
    let vms = data(&fake, "/cluster/resources?type=vm").await;
    assert!(
        vms.as_array().unwrap().len() == 59 && vms.as_array().unwrap().iter().all(|vm| vm["vmid"] != hidden)
    );
    let (_, reason, _) = refusal(get(&fake, &format!("/nodes/pve1/qemu/{hidden}/config"))).await;
    assert_eq!(reason, format!("Permission check failed (/vms/{hidden}, VM.Audit)"));
    let other = request(&fake, Method::GET, "/cluster/resources?type=vm");
    let (_, _, body) = refusal(other.header("authorization", "PVEAPIToken=b@pve!t=s2")).await;
    let seen: Vec<&Value> = body["data"].as_array().unwrap().iter().map(|vm| &vm["vmid"]).collect();
    assert_eq!(seen, [&json!(shown), &json!(pooled)]);
}

#[tokio::test]
async fn https_is_trusted_through_its_authority_and_known_by_its_fingerprint() {
    let fake = start_with(fleet(), Options::default()).await;
    let authority = reqwest::Certificate::from_pem(fake.ca_pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([authority]).build().unwrap();
    let (user, name, secret) = fake.token();
    let read = |client: &reqwest::Client| {
        let token = format!("PVEAPIToken={user}!{name}={secret}");
        client
            .get(format!("{}/api2/json/cluster/config/join", fake.url()))
            .header("authorization", token)
            .send()
    };
    let join: Value = read(&client).await.unwrap().json().await.unwrap();
    let fingerprint: Vec<String> = fake.fingerprint().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(join["data"]["nodelist"][0]["pve_fp"], json!(fingerprint.join(":")));
    let other = start_with(fleet(), Options::default()).await;
    let stranger = reqwest::Certificate::from_pem(other.ca_pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([stranger]).build().unwrap();
    assert!(read(&client).await.is_err());
}

#[tokio::test]
async fn before_version_9_agents_ask_for_another_privilege() {
    let old = |rights: Rights| {
        let fleet =
            Fleet::generate(&FleetSpec { version: "8.4.1".to_owned(), ..FleetSpec::new("old", 1, 0, 1) });
        start_with(fleet, Options::http().accounts(vec![Account::new("a@pve", "pw", "t", "s", rights)]))
    };
    let fake = old(Rights::auditor()).await;
    let vmid = fake.change(|fleet| fleet.add_guest(GuestKind::Qemu, "vm"));
    let path = format!("/nodes/pve1/qemu/{vmid}/agent/get-osinfo");
    let reason = refusal(get(&fake, &path)).await.1;
    assert_eq!(reason, format!("Permission check failed (/vms/{vmid}, VM.Monitor)"));
    let fake = old(Rights::reader()).await;
    fake.change(|fleet| fleet.add_guest(GuestKind::Qemu, "vm"));
    assert_eq!(data(&fake, &path).await["result"]["id"], "debian");
    assert_eq!(data(&fake, "/access/permissions").await["/vms"]["VM.Monitor"], 1);
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let account = Account::reader();
    let shown = format!("{account:?} {:?}", Options::default());
    let secrets = account.tokens.iter().map(|token| &token.secret).chain(account.password.as_ref());
    assert!(secrets.into_iter().all(|secret| !shown.contains(secret.as_str())), "{shown}");
}
