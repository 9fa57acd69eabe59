//! From a project to a component.

use crate::component::{MODULE_SECTION, SOURCES_SECTION, append_section};
use crate::error::BuildError;
use crate::language::Language;
use crate::project::Project;
use crate::stage::Stage;
use crate::toolchain::Way;
use crate::tools::Tools;
use crate::{javascript, python, rust};
use std::path::{Path, PathBuf};

/// How to build.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// Ways of building Rust to try; the first that this machine has, with every package it needs, is taken.
    pub ways: Vec<Way>,
    /// Whether function names stay in a component of Rust, so that the host's errors can name them. They make it larger.
    pub names: bool,
    /// Where Cargo builds; by default `guest` in its own target folder.
    pub target_dir: Option<PathBuf>,
    /// Where the tools of Python and JavaScript are.
    pub tools: Tools,
}

impl Default for BuildOptions {
    fn default() -> Self {
        Self {
            ways: vec![Way::Wasip2, Way::Hermetic, Way::BuildStd],
            names: true,
            target_dir: None,
            tools: Tools::from_env(),
        }
    }
}

/// A built module.
#[derive(Clone, Debug)]
pub struct Built {
    /// Name of the package.
    pub package: String,
    /// The component.
    pub component: Vec<u8>,
    /// The way that was taken, of a module in Rust.
    pub way: Option<Way>,
    /// Digest of the sources, as embedded.
    pub sources: String,
}

impl Built {
    /// A component with the sections that the host reads before compiling it.
    pub(crate) fn new(
        package: String,
        mut component: Vec<u8>,
        way: Option<Way>,
        identity: Option<String>,
        sources: String,
    ) -> Self {
        if let Some(identity) = identity {
            append_section(&mut component, MODULE_SECTION, identity.as_bytes());
        }
        append_section(&mut component, SOURCES_SECTION, sources.as_bytes());
        Self { package, component, way, sources }
    }
}

/// Builds the project in a folder to a component, in the language that its manifest tells. Every line of progress is
/// given to `progress`.
///
/// The lock file of a crate is kept to, and the network is used only when a package of it is not at hand.
///
/// # Errors
/// When the folder holds no module, the tools that build it are missing, or they refuse.
pub fn build(
    dir: &Path,
    options: &BuildOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Built, BuildError> {
    match Language::of(dir)? {
        Language::Rust => rust::build(dir, options, progress),
        language => build_staged(&Project::read(dir, language)?, &options.tools, progress),
    }
}

fn build_staged(
    project: &Project,
    tools: &Tools,
    progress: &mut dyn FnMut(&str),
) -> Result<Built, BuildError> {
    let stage = Stage::of(project)?;
    let is_python = project.language == Language::Python;
    if is_python {
        python::stage(project, &stage)?
    } else {
        javascript::stage(project, &stage)?
    }
    // What the tools leave behind is no source.
    let sources = stage.digest()?;
    let componentize = if is_python { python::componentize } else { javascript::componentize };
    let component = componentize(project, &stage, tools, progress)?;
    Ok(Built::new(project.name.clone(), component, None, Some(project.identity()), sources))
}
