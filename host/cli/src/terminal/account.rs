//! What a Proxmox VE account may see, in words.

use jiff::Timestamp;
use proxbox_proxmox::{Account, Expiry, Extent, View};

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Lines below the name of an endpoint.
pub(crate) fn account_lines(account: &Account, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("  {} {}", account.name, end(account.expiry, now))];
    let of = |extent: Extent| account.views.iter().filter(move |view| view.extent == extent);
    let seen: Vec<&str> = of(Extent::All).map(|view| view.what).collect();
    if !seen.is_empty() {
        lines.push(format!("  sees all {}", seen.join(", ")));
    }
    let hidden = |word: &str, view: &View| format!("  {word} {} (shown by {})", view.what, view.needs);
    lines.extend(of(Extent::Part).map(|view| hidden("sees only some", view)));
    lines.extend(of(Extent::Nothing).map(|view| hidden("does not see", view)));
    lines
}

fn end(expiry: Option<Expiry>, now: Timestamp) -> String {
    match expiry {
        None => "may not read when it expires; Proxmox VE shows it under Datacenter, Permissions".to_owned(),
        Some(Expiry::Never) => "never expires".to_owned(),
        Some(Expiry::At(second)) => {
            let Ok(at) = Timestamp::from_second(second) else { return "never expires".to_owned() };
            let days = (second - now.as_second()).div_euclid(SECONDS_A_DAY);
            let day = at.strftime("%Y-%m-%d %H:%M UTC");
            match days {
                ..0 => format!("expired on {day}"),
                0 => format!("expires within a day, on {day}"),
                1 => format!("expires in 1 day, on {day}"),
                _ => format!("expires in {days} days, on {day}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(what: &'static str, extent: Extent) -> View {
        View { what, extent, needs: "X.Audit on /x" }
    }

    fn account(expiry: Option<Expiry>, views: Vec<View>) -> Account {
        Account { name: "sync@pve!netbox".to_owned(), views, expiry }
    }

    #[test]
    fn what_is_hidden_comes_with_what_shows_it() {
        let views = vec![
            view("guests", Extent::Part),
            view("storages", Extent::All),
            view("backups", Extent::Nothing),
            view("nodes", Extent::All),
        ];
        let lines = account_lines(&account(Some(Expiry::Never), views), Timestamp::UNIX_EPOCH);
        assert_eq!(
            lines,
            [
                "  sync@pve!netbox never expires",
                "  sees all storages, nodes",
                "  sees only some guests (shown by X.Audit on /x)",
                "  does not see backups (shown by X.Audit on /x)",
            ]
        );
    }

    #[test]
    fn the_end_is_told_as_a_day_and_as_days_from_now() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let told = |second: i64| account_lines(&account(Some(Expiry::At(second)), Vec::new()), now).remove(0);
        let day = now.as_second();
        assert!(told(day + 86_400 * 9).ends_with("expires in 9 days, on 2026-03-10 12:00 UTC"));
        assert!(told(day + 86_400).ends_with("expires in 1 day, on 2026-03-02 12:00 UTC"));
        assert!(told(day + 60).ends_with("expires within a day, on 2026-03-01 12:01 UTC"));
        assert!(told(day - 60).ends_with("expired on 2026-03-01 11:59 UTC"));
        assert!(account_lines(&account(None, Vec::new()), now).remove(0).contains("may not read when"));
    }
}
