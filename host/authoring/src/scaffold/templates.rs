//! What the files of a new project are.

use super::{NewModule, USUAL_INTERFACE, sdk};
use crate::language::Language;
use crate::name::{camel, pascal, snake};
use crate::{contract, javascript, python};

/// A file of a new project: its path, with forward slashes, and its text.
pub(super) type File = (String, String);

/// A template of this crate.
macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../templates/", $name))
    };
}

/// The cases of the usual mapper, the same in every language.
const CASES: [(&str, &str); 3] = [
    ("a-tag-names-the-tenant.json", template!("common/cases/a-tag-names-the-tenant.json")),
    (
        "a-guest-without-such-a-tag-keeps-its-tenant.json",
        template!("common/cases/a-guest-without-such-a-tag-keeps-its-tenant.json"),
    ),
    (
        "another-prefix-comes-from-the-settings.json",
        template!("common/cases/another-prefix-comes-from-the-settings.json"),
    ),
];

/// Where the parts of a project are, in its language.
struct Layout {
    /// Own files of the language: path and template.
    files: &'static [(&'static str, &'static str)],
    entry: &'static str,
    /// Mapper for the usual object type, and for the others.
    mappers: [&'static str; 2],
    gitignore: &'static str,
    sdk: &'static str,
    /// Steps of CI that do the same.
    setup: String,
    /// What else the README says.
    more: &'static str,
}

/// Every file of the project.
pub(super) fn files(module: &NewModule, record: &str) -> Vec<File> {
    let layout = layout(module.language);
    let is_usual = module.wraps == USUAL_INTERFACE;
    let [usual, other] = layout.mappers;
    let schema = if is_usual {
        template!("common/settings.schema.json")
    } else {
        template!("common/no-settings.schema.json")
    };
    let mut files = vec![
        (layout.entry, if is_usual { usual } else { other }),
        ("settings.schema.json", schema),
        ("README.md", template!("common/README.md")),
        (".github/workflows/module.yml", template!("common/module.yml")),
        (".gitignore", layout.gitignore),
    ];
    files.extend(layout.files);
    let filled = files.into_iter().map(|(name, text)| (name.to_owned(), fill(text, module, record, &layout)));
    filled.chain(cases(is_usual)).chain(contract_files()).chain(sdk::files(module.language)).collect()
}

fn cases(is_usual: bool) -> Vec<File> {
    let cases = CASES.iter().filter(|_| is_usual);
    cases.map(|(name, text)| (format!("cases/{name}"), (*text).to_owned())).collect()
}

fn contract_files() -> impl Iterator<Item = File> {
    contract::FILES.iter().map(|(name, text)| (format!("{}/{name}", contract::FOLDER), (*text).to_owned()))
}

fn fill(template: &str, module: &NewModule, record: &str, layout: &Layout) -> String {
    let description = if module.wraps == USUAL_INTERFACE {
        "Gives a guest the tenant that one of its tags names.".to_owned()
    } else {
        format!("Changes what becomes of {} objects.", module.wraps)
    };
    let prepare = module.language.prepare().map(|command| command + "\n").unwrap_or_default();
    // Those that hold others come first.
    let values = [
        ("{{setup}}", layout.setup.as_str()),
        ("{{prepare}}", &prepare),
        ("{{more}}", layout.more),
        ("{{name}}", &module.name),
        ("{{description}}", &description),
        ("{{interface}}", &module.wraps),
        ("{{interface_}}", &snake(&module.wraps)),
        ("{{interfaceCamel}}", &camel(&module.wraps)),
        ("{{Interface}}", &pascal(&module.wraps)),
        ("{{Facts}}", &pascal(record)),
        ("{{entry}}", layout.entry),
        ("{{manifest}}", module.language.manifest()),
        ("{{sdk}}", layout.sdk),
        ("{{componentize-js}}", javascript::VERSION),
    ];
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

fn layout(language: Language) -> Layout {
    match language {
        Language::Rust => rust(),
        Language::Python => python(),
        Language::JavaScript => javascript(),
    }
}

fn rust() -> Layout {
    Layout {
        files: &[("Cargo.toml", template!("rust/Cargo.toml"))],
        entry: "src/lib.rs",
        mappers: [template!("rust/src/tenant.rs"), template!("rust/src/other.rs")],
        gitignore: template!("rust/gitignore"),
        sdk: "vendor/proxbox-transform-sdk",
        setup: "      - run: rustup target add wasm32-wasip2".to_owned(),
        more: "",
    }
}

fn python() -> Layout {
    let tool = format!("componentize-py=={}", python::VERSION);
    Layout {
        files: &[("pyproject.toml", template!("python/pyproject.toml"))],
        entry: "src/app.py",
        mappers: [template!("python/src/tenant.py"), template!("python/src/other.py")],
        gitignore: template!("python/gitignore"),
        sdk: "src/proxbox_sdk.py",
        setup: format!(
            "      - uses: actions/setup-python@v5\n        with:\n          python-version: '3.12'\n      \
             - run: pip install {tool}"
        ),
        more: "\nPython's standard library and what is in `src` become part of the module, nothing else. `proxbox transform \
               build`\nwrites the types of the contract into `typings`, where editors find them.\n",
    }
}

fn javascript() -> Layout {
    Layout {
        files: &[
            ("package.json", template!("javascript/package.json")),
            ("jsconfig.json", template!("javascript/jsconfig.json")),
        ],
        entry: "src/module.js",
        mappers: [template!("javascript/src/tenant.js"), template!("javascript/src/other.js")],
        gitignore: template!("javascript/gitignore"),
        sdk: "src/proxbox-sdk.js",
        setup: "      - uses: actions/setup-node@v4\n        with:\n          node-version: 22\n      \
                - run: npm install"
            .to_owned(),
        more: "\nWhat is in `src` becomes the module, nothing else: bundle packages from npm into one file there, and \
               name it as `main`\nin `package.json`. `npx tsc -p jsconfig.json --noEmit` checks types.\n",
    }
}
