//! Filters, order and pages.

use crate::differential::{Pair, VM, base};
use serde_json::json;

#[tokio::test]
async fn lists_show_what_is_asked_for() {
    let mut pair = Pair::new("lists").await;
    base(&mut pair).await;
    for kind in ["integer", "text", "boolean", "url"] {
        let types = ["virtualization.virtualmachine"];
        pair.make(
            &format!("f_{kind}"),
            "extras/custom-fields",
            json!({ "name": format!("f_{{run}}_{kind}"), "type": kind, "object_types": types }),
        )
        .await;
    }
    pair.make("f_exact", "extras/custom-fields", json!({ "name": "f_{run}_exact", "type": "text", "filter_logic": "exact", "object_types": ["virtualization.virtualmachine"] })).await;
    pair.make("f_off", "extras/custom-fields", json!({ "name": "f_{run}_off", "type": "text", "filter_logic": "disabled", "object_types": ["virtualization.virtualmachine"] })).await;
    pair.make(
        "subrole",
        "dcim/device-roles",
        json!({ "name": "sub {run}", "slug": "sub-{run}", "parent": "{role}", "color": "ff0000" }),
    )
    .await;
    pair.make("tag2", "extras/tags", json!({ "name": "tag2 {run}", "slug": "tag2-{run}" })).await;
    let machines = [
        json!({ "name": "m10-{run}", "role": "{role}", "memory": 100, "vcpus": 1, "tags": ["{tag}", "{tag2}"], "custom_fields": { "f_{run}_integer": 5, "f_{run}_text": "Hello", "f_{run}_exact": "Hello" } }),
        json!({ "name": "m9-{run}", "role": "{subrole}", "memory": 200, "vcpus": 2, "tags": ["{tag}"], "status": "offline", "custom_fields": { "f_{run}_integer": 6, "f_{run}_boolean": true, "f_{run}_url": "https://a/b" } }),
        json!({ "name": "M1-{run}", "memory": 300, "serial": "SER-{run}", "description": "Findme {run}", "tags": ["{tag2}"], "custom_fields": { "f_{run}_text": "hello world", "f_{run}_boolean": false } }),
        json!({ "name": "m-{run}", "comments": "findme {run}" }),
    ];
    for (index, machine) in machines.into_iter().enumerate() {
        let mut machine = machine;
        machine.as_object_mut().unwrap().insert("cluster".into(), json!("{placed}"));
        pair.make(&format!("m{index}"), VM, machine).await;
    }
    let filters = [
        "",
        "name=m9-{run}",
        "name=M9-{RUN}",
        "name=m9-{run}&name=m10-{run}",
        "name__ic=1",
        "name__nic=1",
        "name__ie=m1-{run}",
        "name__n=m9-{run}",
        "name__isw=m1",
        "name__niew={run}",
        "name__empty=true",
        "name__empty=false",
        "name=",
        "name=null",
        "id={m0}",
        "id={m0}&id={m1}",
        "id=999999",
        "id__gt={m1}",
        "id__n={m0}",
        "id=abc",
        "id={m0}&id=x",
        "memory=200",
        "memory__gte=200",
        "memory__lt=200",
        "memory__n=200",
        "memory__empty=true",
        "memory=x",
        "vcpus=2",
        "vcpus=2.00",
        "vcpus__gt=1",
        "status=active",
        "status=offline&status=active",
        "status__n=active",
        "status=nope",
        "role=role-{run}",
        "role=sub-{run}",
        "role_id={role}",
        "role_id={subrole}",
        "role=null",
        "role__n=role-{run}",
        "role=nope",
        "role_id=nope",
        "tag=tag-{run}",
        "tag=tag-{run}&tag=tag2-{run}",
        "tag__n=tag-{run}",
        "tag__any=tag-{run}&tag__any=tag2-{run}",
        "tag_id={tag}",
        "tag=nope-{run}",
        "tag=null",
        "q=findme",
        "q=SER-{run}",
        "q=zzzz",
        "site=site-{run}",
        "site_id={site2}",
        "site=nope",
        "device_id=null",
        "device=nope",
        "cluster=placed {run}",
        "cluster=nope",
        "cluster_group=group-{run}",
        "cluster_type_id={type}",
        "tenant_id={tenant}",
        "tenant=null",
        "platform=null",
        "serial=SER-{run}",
        "serial=ser-{run}",
        "description__ic=findme",
        "has_primary_ip=true",
        "has_primary_ip=false",
        "has_primary_ip=x",
        "virtual_disk_count=0",
        "interface_count__gt=0",
        "start_on_boot=off",
        "start_on_boot=maybe",
        "cf_f_{run}_integer=5",
        "cf_f_{run}_integer=5&cf_f_{run}_integer=6",
        "cf_f_{run}_integer__gt=5",
        "cf_f_{run}_integer__n=5",
        "cf_f_{run}_integer=abc",
        "cf_f_{run}_integer=null",
        "cf_f_{run}_integer__empty=true",
        "cf_f_{run}_text=hello",
        "cf_f_{run}_text__n=hello",
        "cf_f_{run}_text__ic=WORLD",
        "cf_f_{run}_text__empty=true",
        "cf_f_{run}_exact=hello",
        "cf_f_{run}_exact=Hello",
        "cf_f_{run}_exact__n=Hello",
        "cf_f_{run}_boolean=true",
        "cf_f_{run}_boolean=false",
        "cf_f_{run}_url=a/b",
        "cf_f_{run}_boolean=maybe",
        "cf_f_{run}_exact=null",
        "cf_f_{run}_exact__ic=ELL",
        "cf_f_{run}_exact__empty=true",
        "cf_f_{run}_off=x",
        "cf_nope=5",
        "zzz=1",
        "zzz__ic=1",
        "name__zz=1",
        "ordering=name",
        "ordering=-name",
        "ordering=-memory",
        "ordering=memory,name",
        "ordering=status,-id",
        "ordering=nope",
        "ordering=nope,-id",
        "limit=2",
        "limit=2&offset=2",
        "limit=2&offset=1",
        "limit=3&offset=3",
        "limit=1&offset=99",
        "limit=abc",
        "limit=-1",
        "limit=0",
        "offset=x",
        "limit=5000",
        "start=0&limit=2",
        "start={m1}&limit=50",
        "start=0&offset=1",
        "start=0&ordering=name",
        "start=x",
        "start=-1",
        "brief=1",
        "brief=true",
        "brief=",
        "omit=config_context,tags,cluster",
        "fields=bad",
    ];
    for filter in filters {
        let filter = filter.replace("{RUN}", &pair.run.to_uppercase());
        let shown = if filter.contains("fields=") || filter.contains("brief") || filter.contains("omit") {
            ""
        } else {
            "&fields=id,name"
        };
        pair.get(&format!("/api/{VM}/?cluster_id={{placed}}&{filter}{shown}")).await;
    }
    for path in [
        "dcim/device-roles/?parent_id={role}",
        "dcim/device-roles/?parent=role-{run}",
        "dcim/device-roles/?ancestor_id={role}",
        "dcim/device-roles/?slug=role-{run}&slug=sub-{run}",
        "dcim/device-roles/?name=ROLE {run}",
        "dcim/device-roles/{subrole}/",
        "dcim/device-roles/{role}/",
        "dcim/devices/?name=NODE {run}",
        "dcim/devices/?cluster_id={placed}",
        "dcim/devices/?site=site-{run}",
        "dcim/devices/?device_type=model-{run}",
        "dcim/devices/?device_type_id={kind}",
        "dcim/devices/?manufacturer=maker-{run}",
        "dcim/devices/?role_id={role}",
        "dcim/devices/?platform=platform-{run}",
        "dcim/device-types/?model=model {run}",
        "dcim/device-types/?manufacturer_id={maker}&slug=model-{run}",
        "dcim/platforms/?manufacturer=maker-{run}",
        "dcim/sites/?slug=site-{run}&limit=2",
        "dcim/sites/?name=SITE {run}",
        "dcim/sites/?tenant=tenant-{run}",
        "extras/tags/?slug=tag-{run}&limit=2",
        "extras/tags/?name__ie=TAG {run}",
        "extras/custom-fields/?name=f_{run}_text",
        "extras/custom-fields/?object_type=virtualization.virtualmachine&name__ic={run}",
        "extras/custom-fields/?type=integer&name__ic={run}",
        "tenancy/tenants/?slug=tenant-{run}",
        "virtualization/clusters/?name=placed {run}",
        "virtualization/clusters/?name=PLACED {run}",
        "virtualization/clusters/?type=type-{run}&ordering=-name",
        "virtualization/clusters/?site_id={site}",
        "virtualization/clusters/?group=group-{run}",
        "virtualization/cluster-types/?slug=type-{run}",
        "virtualization/clusters/?scope_type=dcim.site&scope_id={site}",
        "virtualization/virtual-machine-types/?slug=nope-{run}",
        "virtualization/virtual-disks/?virtual_machine_id={m0}",
        "virtualization/virtual-disks/?virtual_machine_id=999999",
        "virtualization/interfaces/?virtual_machine=m9-{run}",
        "virtualization/virtual-disks/?virtual_machine=m9-{run}",
    ] {
        pair.get(&format!("/api/{}", path.replace(' ', "%20"))).await;
    }
    pair.finish().await;
}
