//! Fields that NetBox fills in itself and later checks against others: whenever one moves, the other goes along.

use crate::desired::Desired;
use crate::planner::Decision;
use crate::resolve::Resolver;
use crate::{Object, diff};
use proxbox_model::SourceObject;
use proxbox_model::kind;
use proxbox_model::plan::{Action, Planned};
use serde_json::json;
use std::collections::BTreeMap;

/// The site that a virtual machine must go to. NetBox fills it in from the cluster or the device and refuses every write while
/// they disagree, also when an operator has moved the device.
pub(crate) fn site_of_machine(
    object: &Desired,
    current: Option<&Object>,
    fields: &BTreeMap<&'static str, Planned>,
    decisions: &[Option<Decision>],
    resolver: &Resolver<'_>,
) -> Option<Planned> {
    if object.kind.name != "virtualization.virtualmachine" {
        return None;
    }
    let places = Places { current, fields, decisions, resolver };
    let otherwise = places.relation("site")?;
    let site = places.site_of_cluster().or_else(|| places.site_of_device())?;
    (site != otherwise).then_some(site)
}

struct Places<'a> {
    current: Option<&'a Object>,
    fields: &'a BTreeMap<&'static str, Planned>,
    decisions: &'a [Option<Decision>],
    resolver: &'a Resolver<'a>,
}

impl Places<'_> {
    /// What the machine's relation of that name will be.
    fn relation(&self, field: &str) -> Option<Planned> {
        let held = || diff::relation(self.current?, field).map(|id| Planned::Ready(json!(id)));
        self.fields.get(field).cloned().or_else(held)
    }

    fn site_of_cluster(&self) -> Option<Planned> {
        let Planned::Ready(cluster) = self.relation("cluster")? else { return None };
        self.resolver.site_of(cluster.as_u64()?).map(|site| Planned::Ready(json!(site)))
    }

    fn site_of_device(&self) -> Option<Planned> {
        let devices = kind::of(&SourceObject::Node(String::new()))?;
        let (decided, device) = match self.relation("device")? {
            Planned::Ready(id) => {
                let id = id.as_u64()?;
                (self.resolver.position_of(devices, id), self.resolver.state.get(devices, id))
            }
            Planned::IdOf(position) | Planned::IdIfMade(position) => (Some(position), None),
            Planned::List(_) | Planned::Map(_) => return None,
        };
        let goal = decided.and_then(|position| match &self.decisions.get(position)?.as_ref()?.action {
            Action::Create(fields) => fields.get("site").cloned(),
            Action::Update { changes, .. } => changes.get("site").map(|change| change.after.clone()),
            _ => None,
        });
        goal.or_else(|| diff::relation(device?, "site").map(|site| Planned::Ready(json!(site))))
    }
}
