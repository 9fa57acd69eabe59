//! Plain pages for people: what there is, and what is in it.

use serde_json::Value;

use super::answer::Answer;
use super::models;
use super::represent::{Presenter, Wanted};
use super::state::{Place, State};
use super::table::Model;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1d2733;background:#f5f7f9}\
header{background:#00857d;color:#fff;padding:.7rem 1.5rem}header a{color:#fff;text-decoration:none;margin-right:1.2rem}\
main{padding:1rem 1.5rem}h1{font-size:1.4rem}table{border-collapse:collapse;background:#fff;box-shadow:0 1px 3px #0002}\
th,td{text-align:left;padding:.35rem .9rem;border-bottom:1px solid #e4e9ee;vertical-align:top}th{background:#eef2f5;\
font-weight:600}a{color:#00706a}.tag{display:inline-block;padding:0 .5rem;border-radius:.3rem;margin-right:.3rem;\
color:#fff}footer{padding:1rem 1.5rem;color:#6a7885;font-size:.85rem}";

/// The lists that the header leads to.
const MENU: &[(&str, &str)] = &[
    ("virtualization/virtual-machines", "Virtual machines"),
    ("dcim/devices", "Devices"),
    ("virtualization/clusters", "Clusters"),
    ("dcim/sites", "Sites"),
];

/// Columns of the lists that have more than a name.
const COLUMNS: &[(&str, &[&str])] = &[
    (
        "virtualization.virtualmachine",
        &["name", "status", "cluster", "device", "role", "vcpus", "memory", "disk", "tags"],
    ),
    ("dcim.device", &["name", "status", "cluster", "site", "role", "device_type", "tags"]),
    (
        "virtualization.cluster",
        &["name", "type", "scope", "status", "device_count", "virtualmachine_count", "tags"],
    ),
];

/// The page behind a path.
pub(crate) fn page(state: &State, path: &str, version: &str) -> Answer {
    let path = path.trim_matches('/');
    let presenter = Presenter::new(&state.store, "", state.release);
    if path.is_empty() {
        return Answer::html(200, layout("NetBox", &overview(state), version));
    }
    match state.place(path) {
        Some(Place::List(model)) => {
            let title = capital(&format!("{}s", model.label));
            Answer::html(200, layout(&title, &list(state, &presenter, model), version))
        }
        Some(Place::Object(model, Some(id))) => match state.store.get(model.name, id) {
            Some(row) => {
                let shown = presenter.object(model, row, &Wanted::All);
                let title = format!("{} {}", capital(model.label), presenter.display(model, row));
                Answer::html(200, layout(&title, &details(&shown), version))
            }
            None => not_found(),
        },
        _ => not_found(),
    }
}

/// NetBox answers unknown paths with a page, below `/api/` too.
pub(crate) fn not_found() -> Answer {
    Answer::html(404, layout("Page not found", "<p>There is nothing here.</p>", ""))
}

fn overview(state: &State) -> String {
    let rows = models::all().filter(|model| state.release.offers(model)).map(|model| {
        let count = state.store.rows(model.name).count();
        format!(
            "<tr><td><a href=\"/{}/\">{}</a></td><td>{count}</td></tr>",
            model.path,
            escape(&capital(model.label))
        )
    });
    format!("<table><tr><th>Objects</th><th>Count</th></tr>{}</table>", rows.collect::<String>())
}

fn list(state: &State, presenter: &Presenter<'_>, model: &'static Model) -> String {
    let columns = COLUMNS
        .iter()
        .find(|(name, _)| *name == model.name)
        .map_or(&["display", "description"][..], |known| known.1);
    let mut rows: Vec<_> = state.store.rows(model.name).collect();
    super::page::order(&state.store, model, &Vec::new(), &mut rows);
    let head: String = columns.iter().map(|column| format!("<th>{}</th>", escape(&title(column)))).collect();
    let body = rows.into_iter().map(|(id, row)| {
        let shown = presenter.object(model, row, &Wanted::All);
        let cells = columns.iter().enumerate().map(|(index, column)| {
            let value = shown.get(*column).unwrap_or(&Value::Null);
            match index {
                0 => format!("<td><a href=\"/{}/{id}/\">{}</a></td>", model.path, cell(value)),
                _ => format!("<td>{}</td>", cell(value)),
            }
        });
        format!("<tr>{}</tr>", cells.collect::<String>())
    });
    format!("<table><tr>{head}</tr>{}</table>", body.collect::<String>())
}

fn details(shown: &Value) -> String {
    let skipped = ["id", "url", "display", "display_url", "custom_fields", "config_context"];
    let Value::Object(fields) = shown else { return String::new() };
    let row = |(name, value): (&String, &Value)| {
        format!("<tr><th>{}</th><td>{}</td></tr>", escape(&title(name)), cell(value))
    };
    let own: String = fields
        .iter()
        .filter(|(name, value)| !skipped.contains(&name.as_str()) && !is_empty(value))
        .map(row)
        .collect();
    let custom = fields.get("custom_fields").and_then(Value::as_object);
    let custom: String =
        custom.into_iter().flatten().filter(|(_, value)| !is_empty(value)).map(row).collect();
    let custom =
        if custom.is_empty() { custom } else { format!("<h2>Custom fields</h2><table>{custom}</table>") };
    format!("<table>{own}</table>{custom}")
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || *value == "" || value.as_array().is_some_and(Vec::is_empty)
}

/// A value as HTML: objects as links, choices by label, tags in their colour.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "\u{2014}".to_owned(),
        Value::String(text) if text.starts_with("https://") || text.starts_with("http://") => {
            let text = escape(text);
            format!("<a href=\"{text}\" rel=\"noopener noreferrer\">{text}</a>")
        }
        Value::String(text) => escape(text),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).map(escape);
            match (text("label"), text("display"), text("url"), text("color")) {
                (Some(label), ..) => label,
                (_, Some(name), _, Some(color)) => {
                    format!("<span class=\"tag\" style=\"background:#{color}\">{name}</span>")
                }
                (_, Some(name), Some(url), None) => {
                    let page = url.strip_prefix("/api").unwrap_or(&url).to_owned();
                    format!("<a href=\"{page}\">{name}</a>")
                }
                _ => escape(&value.to_string()),
            }
        }
        other => escape(&other.to_string()),
    }
}

fn layout(title: &str, body: &str, version: &str) -> String {
    let title = escape(title);
    let menu: String = MENU.iter().map(|(path, label)| format!("<a href=\"/{path}/\">{label}</a>")).collect();
    let footer = if version.is_empty() {
        String::new()
    } else {
        format!("In memory, after NetBox {}", escape(version))
    };
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>{STYLE}</style></head><body>\
         <header><a href=\"/\"><b>NetBox</b></a>{menu}</header><main><h1>{title}</h1>{body}</main>\
         <footer>{footer}</footer></body></html>"
    )
}

fn title(name: &str) -> String {
    capital(&name.replace('_', " "))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}
