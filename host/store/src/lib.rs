//! SQLite storage: endpoints, API keys, lockouts, runs.
