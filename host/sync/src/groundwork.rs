//! The tag and the custom fields of a run, looked at or made without one.

use crate::pipeline::records;
use crate::syncer::{Shared, Syncer};
use proxbox_model::draft::Tag;
use proxbox_model::options::Kept;
use proxbox_model::plan::{Action, Applied, Plan};
use proxbox_model::problem::Problem;
use proxbox_netbox::{Netbox, NetboxError};
use proxbox_reconcile::{Sources, World, groundwork, reconcile};

/// What became of one tag or custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// NetBox model: `extras.tag` or `extras.customfield`.
    pub kind: &'static str,
    /// Name.
    pub name: String,
    /// How it is.
    pub state: GroundState,
}

/// How a tag or custom field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroundState {
    /// As a run needs it.
    Right,
    /// Missing, or it was until now.
    Missing,
    /// Not on all of the kinds that need it, or it was not until now.
    Incomplete,
    /// It cannot be made or changed.
    Failed(Problem),
}

impl Syncer {
    /// Looks at the tag and the custom fields that a run makes, without writing.
    ///
    /// # Errors
    /// When NetBox cannot be read.
    pub async fn groundwork(&self, netbox: &Netbox) -> Result<Vec<Ground>, NetboxError> {
        let plan = planned(netbox).await?;
        Ok(plan.objects.iter().map(|object| ground(object, None)).collect())
    }

    /// Makes the tag and the custom fields that a run makes, or completes them. What is right costs no write.
    ///
    /// # Errors
    /// When NetBox cannot be read; what cannot be written is [`GroundState::Failed`].
    pub async fn lay_groundwork(&self, netbox: &Netbox) -> Result<Vec<Ground>, NetboxError> {
        let shared: &Shared = &self.0;
        let _alone = shared.writing(netbox.url()).await;
        let plan = planned(netbox).await?;
        let applied = netbox.apply(&plan, &mut |_, _, _| {}).await;
        Ok(plan.objects.iter().zip(&applied).map(|(object, applied)| ground(object, Some(applied))).collect())
    }
}

async fn planned(netbox: &Netbox) -> Result<Plan, NetboxError> {
    let capabilities = netbox.probe().await?;
    let world = World { records: records(&capabilities), ..World::default() };
    let tag = Tag { name: "Proxbox".to_owned(), slug: "proxbox".to_owned(), color: "ff5722".to_owned() };
    let lowered = groundwork(&tag, world.records);
    let state = netbox.snapshot(&lowered.kinds()).await?;
    Ok(reconcile(lowered, &state, &Kept::default(), &Sources::default(), &world).plan)
}

fn ground(object: &proxbox_model::plan::PlannedObject, applied: Option<&Applied>) -> Ground {
    let state = match (&object.action, applied) {
        (_, Some(Applied::Failed(problem) | Applied::Conflict(problem)))
        | (Action::Fail(problem) | Action::Conflict(problem), _) => GroundState::Failed(problem.clone()),
        (Action::Create(_), _) => GroundState::Missing,
        (Action::Update { .. }, _) => GroundState::Incomplete,
        _ => GroundState::Right,
    };
    Ground { kind: object.kind.name, name: object.name.clone(), state }
}
