//! What migrations cannot say: columns that an existing table may or may not have.

use crate::error::StoreError;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

/// Columns that older databases lack, with the declaration that adds them.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("netboxendpoint", "token_version", "VARCHAR NOT NULL DEFAULT 'v1'"),
    ("netboxendpoint", "token_key", "VARCHAR"),
    ("netboxendpoint", "enabled", "BOOLEAN NOT NULL DEFAULT 1"),
    ("netboxendpoint", "ca_pem", "VARCHAR"),
    ("netboxendpoint", "fingerprint", "VARCHAR"),
    ("netboxendpoint", "use_https", "BOOLEAN"),
    ("netboxendpoint", "base_path", "VARCHAR NOT NULL DEFAULT ''"),
    ("proxmoxendpoint", "timeout", "INTEGER"),
    ("proxmoxendpoint", "max_retries", "INTEGER"),
    ("proxmoxendpoint", "retry_backoff", "FLOAT"),
    ("proxmoxendpoint", "enabled", "BOOLEAN NOT NULL DEFAULT 1"),
    ("proxmoxendpoint", "ca_pem", "VARCHAR"),
    ("proxmoxendpoint", "fingerprint", "VARCHAR"),
    ("proxmoxendpoint", "access_methods", "VARCHAR"),
    ("proxmoxendpoint", "allow_packer_template_builds", "BOOLEAN"),
];

/// Adds what is missing and fills what old releases left empty.
pub(crate) async fn complete(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for table in ["netboxendpoint", "proxmoxendpoint"] {
        let present: Vec<String> = columns(connection, table).await?.into_iter().map(|c| c.name).collect();
        for (_, name, declaration) in COLUMNS.iter().filter(|(owner, ..)| *owner == table) {
            if !present.iter().any(|column| column == name) {
                let add = format!("ALTER TABLE {table} ADD COLUMN {name} {declaration}");
                sqlx::query(AssertSqlSafe(add)).execute(&mut *connection).await?;
            }
        }
    }
    sqlx::query(
        "UPDATE netboxendpoint SET token_version = 'v1' WHERE token_version IS NULL OR token_version = ''",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A required column of another release that we know nothing about, and an empty value that fits it.
#[derive(Clone, Debug)]
pub(crate) struct Filler {
    /// Quoted.
    pub(crate) column: String,
    /// An SQL literal.
    pub(crate) value: &'static str,
}

/// The columns of a table that an insert of ours must fill although they are not ours.
pub(crate) async fn fillers(
    connection: &mut SqliteConnection,
    table: &'static str,
    ours: &[&str],
) -> Result<Vec<Filler>, StoreError> {
    Ok(columns(connection, table)
        .await?
        .into_iter()
        .filter(|column| column.required && column.name != "id" && !ours.contains(&column.name.as_str()))
        .map(|column| {
            let textual =
                ["CHAR", "TEXT", "JSON"].iter().any(|part| column.declared.to_uppercase().contains(part));
            Filler {
                column: format!("\"{}\"", column.name.replace('"', "\"\"")),
                value: if textual { "''" } else { "0" },
            }
        })
        .collect())
}

struct Column {
    name: String,
    declared: String,
    required: bool,
}

async fn columns(connection: &mut SqliteConnection, table: &str) -> Result<Vec<Column>, StoreError> {
    sqlx::query("SELECT name, type, \"notnull\" AS required, dflt_value IS NOT NULL AS has_default FROM pragma_table_info(?)")
        .bind(table)
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Column {
                name: row.try_get("name")?,
                declared: row.try_get("type")?,
                required: row.try_get::<bool, _>("required")? && !row.try_get::<bool, _>("has_default")?,
            })
        })
        .collect()
}
