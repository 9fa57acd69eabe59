//! The modules of a run: taken once, kept to its end.

use crate::progress::Progress;
use proxbox_model::problem::Problem;
use proxbox_modules::State;
use proxbox_transform::{ModuleInfo, ModuleSet, Transforms};
use std::sync::Arc;

/// The modules of a run.
pub(crate) struct RunModules {
    /// Those that map.
    pub(crate) set: Arc<ModuleSet>,
    /// The built-in mappers alone, for runs that only plan and have site modules to compare them with.
    pub(crate) usual: Option<Arc<ModuleSet>>,
    /// Names of those that only runs see which write nothing.
    staged: Vec<String>,
    /// Why the folder of modules could not be looked at.
    stale: Option<Problem>,
}

impl RunModules {
    /// Looks whether the folder of modules has changed, and takes what holds now. While `transforms.toml` is wrong, that
    /// is what held before. A run that only plans sees staged modules as well.
    pub(crate) async fn take(transforms: &Transforms, dry_run: bool) -> Self {
        let stale = transforms.refresh().await.err().map(|error| former_kept(Problem::from(&error)));
        if !dry_run {
            return Self { set: transforms.modules(), usual: None, staged: Vec::new(), stale };
        }
        let set = transforms.preview();
        let sites: Vec<ModuleInfo> = set.describe().into_iter().filter(|module| !module.builtin).collect();
        let usual = (!sites.is_empty()).then(|| transforms.usual());
        let staged = sites.into_iter().filter(|module| module.state == State::Staged);
        Self { set, usual, staged: staged.map(|module| module.entry).collect(), stale }
    }

    /// Tells what the run has to do without, and which staged modules it sees.
    pub(crate) fn tell(&self, progress: &Progress) {
        for problem in self.stale.iter().chain(self.set.problems()) {
            progress.degrade(problem.clone());
        }
        progress.sees(self.staged.clone());
    }
}

fn former_kept(problem: Problem) -> Problem {
    Problem { message: format!("The modules stay as they were: {}", problem.message), ..problem }
}
