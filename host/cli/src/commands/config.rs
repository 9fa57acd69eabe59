use crate::commands::endpoint::{open_store, stored_netbox};
use crate::commands::serve;
use crate::error::CliError;
use crate::terminal;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args as _};
use proxbox_model::endpoint::{NetboxEndpoint, ProxmoxEndpoint};
use proxbox_model::problem::Problem;
use proxbox_netbox::{Netbox, NetboxError};
use proxbox_store::{Selection, Store};
use proxbox_sync::SyncSettings;
use proxbox_sync::settings::{Asked, EXPOSE_INTERNAL_ERRORS, Explained, Origin, SETTINGS, Setting, explain};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;

/// Look into the settings.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Show every setting that `proxbox serve` would go by, and who decided it
    ///
    /// A flag wins over its variable, both win over the plugin in NetBox, and that over the default. Of the plugin, what its
    /// row of an endpoint says wins over its settings; a setting that is still as the plugin ships it decides nothing. What
    /// the request of a run says itself wins over the plugin too, but is not known here.
    Show(Box<Show>),
}

#[derive(clap::Args)]
pub(crate) struct Show {
    #[command(flatten)]
    origins: Origins,

    /// Show what holds for this Proxmox endpoint
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,

    /// Do not ask the plugin in NetBox
    #[arg(long)]
    offline: bool,

    /// Print one JSON object on stdout
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    serve: serve::Args,
}

/// What was given on the command line and in the environment.
struct Origins(BTreeMap<String, (ValueSource, String)>);

impl clap::FromArgMatches for Origins {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |id: &clap::Id| {
            let source = matches.value_source(id.as_str())?;
            let texts = matches.try_get_raw(id.as_str()).ok()??;
            let texts: Vec<_> = texts.map(|text| text.to_string_lossy().into_owned()).collect();
            Some((id.to_string(), (source, texts.join(","))))
        };
        Ok(Self(matches.ids().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Origins {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command
    }
}

/// One line of the answer.
struct Line {
    name: String,
    value: String,
    origin: &'static str,
    /// The flag or variable that decided.
    by: Option<String>,
    /// Why the service does not go by it.
    unused: Option<&'static str>,
}

pub(crate) async fn run(command: Command) -> Result<ExitCode, CliError> {
    let Command::Show(show) = command;
    let mut problems = Vec::new();
    let (netbox, endpoint) = stored(&show, &mut problems).await?;
    let settings = show.serve.settings();
    let asked = match &netbox {
        Some(netbox) if !show.offline => ask(netbox, &settings, &mut problems).await,
        _ => None,
    };
    let (_, explained) = explain(&settings, asked.as_ref(), endpoint.as_ref(), &mut problems);
    let mut lines = service_lines(&show.origins);
    lines.extend(explained.into_iter().map(|one| show.origins.line(one)));
    let plugin = match (&asked, &netbox) {
        (Some(_), _) => "asked",
        (None, _) if show.offline => "not asked, because of --offline",
        (None, None) => "not asked, because no NetBox endpoint can be used",
        (None, Some(_)) if problems.is_empty() => "not installed",
        (None, Some(_)) => "not asked, because NetBox did not answer as it should",
    };
    if show.json {
        terminal::data(&as_json(&lines, plugin, endpoint.as_ref(), netbox.as_ref())?)?;
    } else {
        terminal::data(&as_table(&lines, plugin, endpoint.as_ref(), netbox.as_ref()))?;
    }
    problems.iter().for_each(|problem| terminal::show_problem("warning", problem));
    let in_part = asked.is_none() && !show.offline && !problems.is_empty();
    Ok(if in_part { terminal::in_part() } else { ExitCode::SUCCESS })
}

/// What the database holds of it. Without a usable one, everything else can still be shown.
async fn stored(
    show: &Show,
    problems: &mut Vec<Problem>,
) -> Result<(Option<NetboxEndpoint>, Option<ProxmoxEndpoint>), CliError> {
    let store = match open_store(&show.serve.store).await {
        Ok(store) => store,
        Err(error) if show.endpoint.is_some() => return Err(error),
        Err(error) if show.offline => {
            tracing::debug!(%error, "the database cannot be used");
            return Ok((None, None));
        }
        Err(error) => {
            problems.push(Problem { hint: proxbox_model::Diagnostic::hint(&error), ..error.problem() });
            return Ok((None, None));
        }
    };
    let endpoint = match &show.endpoint {
        Some(name) => Some(named(&store, name).await?),
        None => None,
    };
    let netbox = match stored_netbox(&store).await {
        Ok(netbox) => Some(netbox),
        Err(error) => {
            if !show.offline {
                problems.push(Problem { hint: proxbox_model::Diagnostic::hint(&error), ..error.problem() });
            }
            None
        }
    };
    store.close().await;
    Ok((netbox, endpoint))
}

async fn named(store: &Store, name: &str) -> Result<ProxmoxEndpoint, CliError> {
    let selection = Selection { name: Some(name.to_owned()), ..Selection::default() };
    store.proxmox_select(&selection).await?.into_iter().next().ok_or_else(|| {
        CliError::usage(
            format!("there is no enabled Proxmox endpoint called {name}"),
            "proxbox endpoint list shows them",
        )
    })
}

async fn ask(
    endpoint: &NetboxEndpoint,
    settings: &SyncSettings,
    problems: &mut Vec<Problem>,
) -> Option<Asked> {
    let once = proxbox_netbox::NetboxSettings { max_retries: 0, ..settings.netbox.clone() };
    let answer: Result<_, NetboxError> = async { Asked::of(&Netbox::new(endpoint, once)?).await }.await;
    match answer {
        Ok((asked, told)) => {
            problems.extend(told);
            asked
        }
        Err(error) => {
            problems.push(Problem::from(&error));
            None
        }
    }
}

/// The settings of the service itself: nobody but the operator has a say in those.
fn service_lines(origins: &Origins) -> Vec<Line> {
    let command = serve::Args::augment_args(clap::Command::new("serve"));
    let decided_elsewhere = |argument: &&Arg| {
        let id = argument.get_id().as_str();
        SETTINGS.iter().chain([EXPOSE_INTERNAL_ERRORS]).any(|setting: &Setting| setting.name == id)
    };
    let log = Line { value: "info".to_owned(), ..origins.of("log", "--log", Some("PROXBOX_LOG_LEVEL")) };
    let log = match origins.0.get("log") {
        Some((_, given)) => Line { value: given.clone(), ..log },
        None => log,
    };
    let mut lines: Vec<Line> = command
        .get_arguments()
        .filter(|argument| !decided_elsewhere(argument))
        .map(|argument| service_line(argument, origins))
        .collect();
    lines.push(log);
    lines
}

fn service_line(argument: &Arg, origins: &Origins) -> Line {
    let id = argument.get_id().as_str();
    let flag = argument.get_long().map(|long| format!("--{long}")).unwrap_or_default();
    let variable = argument.get_env().map(|variable| variable.to_string_lossy().into_owned());
    let line = origins.of(id, &flag, variable.as_deref());
    if argument.is_hide_env_values_set() {
        let is_set = origins.0.get(id).is_some_and(|(_, given)| !given.is_empty());
        return Line { value: if is_set { "(set, not shown)" } else { "(not set)" }.to_owned(), ..line };
    }
    match id {
        "database" if line.value.is_empty() => {
            let path = proxbox_store::default_path(|name| std::env::var_os(name));
            Line { value: path.map(|path| path.display().to_string()).unwrap_or_default(), ..line }
        }
        _ => line,
    }
}

impl Origins {
    /// A setting that only the command line and the environment decide.
    fn of(&self, id: &str, flag: &str, variable: Option<&str>) -> Line {
        let (source, value) = match self.0.get(id) {
            Some((source, value)) => (Some(*source), value.clone()),
            None => (None, String::new()),
        };
        let (origin, by) = told(source, flag, variable.unwrap_or_default());
        Line { name: id.to_owned(), value, origin, by, unused: None }
    }

    fn line(&self, one: Explained) -> Line {
        let (origin, by) = match one.origin {
            Origin::Said => {
                let setting =
                    SETTINGS.iter().chain([EXPOSE_INTERNAL_ERRORS]).find(|known| known.name == one.name);
                let variable = setting.map_or("", |setting| setting.variable);
                let flag = format!("--{}", one.name.replace('_', "-"));
                told(self.0.get(one.name).map(|(source, _)| *source), &flag, variable)
            }
            Origin::PluginEndpoint => ("plugin-endpoint", None),
            Origin::Endpoint => ("endpoint", None),
            Origin::Plugin => ("plugin", None),
            Origin::Default => ("default", None),
        };
        Line { name: one.name.to_owned(), value: one.value, origin, by, unused: one.unused }
    }
}

fn told(source: Option<ValueSource>, flag: &str, variable: &str) -> (&'static str, Option<String>) {
    match source {
        Some(ValueSource::CommandLine) => ("flag", Some(flag.to_owned())),
        Some(ValueSource::EnvVariable) => ("variable", Some(variable.to_owned())),
        _ => ("default", None),
    }
}

impl Line {
    fn origin_in_words(&self) -> String {
        match (self.origin, &self.by) {
            (_, Some(by)) => by.clone(),
            ("plugin-endpoint", _) => "plugin, its endpoint".to_owned(),
            ("endpoint", _) => "stored endpoint".to_owned(),
            ("plugin", _) => "plugin settings".to_owned(),
            (origin, _) => origin.to_owned(),
        }
    }
}

fn as_table(
    lines: &[Line],
    plugin: &str,
    endpoint: Option<&ProxmoxEndpoint>,
    netbox: Option<&NetboxEndpoint>,
) -> String {
    let whose = endpoint.map_or("every endpoint".to_owned(), |endpoint| endpoint.name.clone());
    let place = netbox.map_or(String::new(), |netbox| format!(" at {}", netbox.url));
    let mut table = format!("Settings for {whose}; the NetBox plugin{place}: {plugin}\n");
    let one_line = |value: &str| match value.split_whitespace().collect::<Vec<_>>().join(" ") {
        empty if empty.is_empty() => "-".to_owned(),
        value => value,
    };
    let used: Vec<_> = lines.iter().filter(|line| line.unused.is_none()).collect();
    let width = |cells: &mut dyn Iterator<Item = usize>| cells.max().unwrap_or_default().min(48);
    let names = width(&mut lines.iter().map(|line| line.name.len()));
    let values = width(&mut used.iter().map(|line| one_line(&line.value).chars().count()));
    for line in used {
        let (value, origin) = (one_line(&line.value), line.origin_in_words());
        table += &format!("\n{:names$}  {value:values$}  {origin}", line.name);
    }
    let mut unused = lines.iter().filter_map(|line| Some((line, line.unused?))).peekable();
    if unused.peek().is_some() {
        table += "\n\nSettings of the plugin that this service does not use:\n";
    }
    for (line, why) in unused {
        table += &format!("\n{:names$}  {why}", line.name);
    }
    table
}

fn as_json(
    lines: &[Line],
    plugin: &str,
    endpoint: Option<&ProxmoxEndpoint>,
    netbox: Option<&NetboxEndpoint>,
) -> Result<String, CliError> {
    let settings: Vec<_> = lines
        .iter()
        .map(|line| {
            json!({
                "name": line.name, "value": line.value, "origin": line.origin, "by": line.by,
                "used": line.unused.is_none(), "note": line.unused,
            })
        })
        .collect();
    let shown = json!({
        "endpoint": endpoint.map(|endpoint| &endpoint.name),
        "netbox": netbox.map(|netbox| &netbox.url),
        "plugin": plugin,
        "settings": settings,
    });
    serde_json::to_string_pretty(&shown).map_err(CliError::Json)
}
