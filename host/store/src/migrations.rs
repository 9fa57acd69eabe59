//! The steps that bring a database of any age up to date. A released step never changes: the database keeps a digest of each.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

const STEPS: &[(&str, &str)] = &[
    ("endpoints and keys", include_str!("../migrations/0001_endpoints_and_keys.sql")),
    ("host tables", include_str!("../migrations/0002_host_tables.sql")),
    ("key hints", include_str!("../migrations/0003_key_hints.sql")),
    ("run modules", include_str!("../migrations/0004_run_modules.sql")),
    ("sources", include_str!("../migrations/0005_sources.sql")),
    ("writer lease", include_str!("../migrations/0006_writer_lease.sql")),
    ("guests", include_str!("../migrations/0007_guests.sql")),
    ("run reports", include_str!("../migrations/0008_run_reports.sql")),
    ("synced", include_str!("../migrations/0009_synced.sql")),
];

/// All of them, numbered from one.
pub(crate) fn migrator() -> Migrator {
    let step = |((name, sql), version): (&(&'static str, &'static str), i64)| {
        Migration::new(version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(STEPS.iter().zip(1..).map(step).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_of_a_step_is_among_them_in_its_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        let steps = super::STEPS.iter().zip(1..);
        let listed: Vec<_> =
            steps.map(|((name, _), number)| format!("{number:04}_{}.sql", name.replace(' ', "_"))).collect();
        assert_eq!(names, listed);
    }
}
