//! Frames stay below the length at which clients cut what they keep of a frame.

use super::frame::{Discovery, ItemProgress};
use super::json;

/// Clients keep this many characters of a frame's JSON.
pub(super) const LIMIT: usize = 600;

/// No text is cut below this many characters of JSON.
const LEAST: usize = 30;

const CUT: &str = "...";

/// The texts of a frame, in the order in which they give way. What identifies the object goes last.
const TEXTS: [fn(&mut ItemProgress) -> Option<&mut String>; 4] = [
    |item| item.error.as_mut(),
    |item| item.warning.as_mut(),
    |item| Some(&mut item.message),
    |item| Some(&mut item.item.name),
];

/// The same frame with as many of its items as there is room for; its count says how many there are.
pub(super) fn listed(mut discovery: Discovery) -> Discovery {
    let items = std::mem::take(&mut discovery.items);
    let length = |line: Result<String, _>| line.map_or(0, |line| line.len());
    let mut used = length(json::line(&discovery));
    for item in items {
        // With the comma and the space before it.
        used += length(json::line(&item)) + 2;
        if used >= LIMIT {
            break;
        }
        discovery.items.push(item);
    }
    discovery
}

/// The same frame with its texts cut as far as needed, and without its link when that is not enough.
pub(super) fn shortened(item: &ItemProgress) -> ItemProgress {
    let mut short = item.clone();
    for text in TEXTS {
        let excess = excess(&short);
        if excess > 0
            && let Some(text) = text(&mut short)
        {
            cut(text, excess);
        }
    }
    if excess(&short) > 0 {
        short.item.netbox_url = None;
    }
    short
}

fn excess(item: &ItemProgress) -> usize {
    let length = json::line(item).map_or(0, |line| line.len());
    (length + 1).saturating_sub(LIMIT)
}

/// Takes that many characters of JSON off the end of a text.
fn cut(text: &mut String, excess: usize) {
    let length: usize = text.chars().map(width).sum();
    if length <= LEAST {
        return;
    }
    let budget = length.saturating_sub(excess + CUT.len()).max(LEAST);
    let mut used = 0;
    let kept = text.chars().take_while(|character| {
        used += width(*character);
        used <= budget
    });
    *text = kept.chain(CUT.chars()).collect();
}

/// Characters that a character takes in the JSON of a stream.
fn width(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        ' '..='~' => 1,
        other => 6 * other.len_utf16(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Found, Named, ProgressOf};
    use super::*;
    use proxbox_model::report::Counts;

    fn item(name: &str, error: &str) -> ItemProgress {
        let large = 100_000;
        let counts = Counts {
            created: large,
            updated: large,
            unchanged: large,
            skipped: large,
            failed: large,
            conflicts: large,
        };
        ItemProgress {
            event: "item_progress",
            phase: "virtual-machines",
            status: "completed",
            message: format!("Failed to sync guest interface '{name}'"),
            item: Named {
                name: name.to_owned(),
                netbox_id: Some(large),
                netbox_url: Some(format!("https://netbox.example.org/{name}/100000/")),
                item_type: Some("guest-interface".to_owned()),
            },
            operation: "unchanged",
            progress: ProgressOf::new(large, 7 * large),
            counts: Some(counts.into()),
            error: Some(error.to_owned()),
            warning: None,
        }
    }

    #[test]
    fn no_name_and_no_error_makes_a_frame_too_long() {
        for text in ["short", "\u{1f600}", "\"quoted\" \n", "plain text "] {
            for times in [1, 10, 1000] {
                let item = item(&text.repeat(times), &text.repeat(times));
                let line = json::line(&shortened(&item)).unwrap();
                assert!(line.len() < LIMIT, "{} of {text} {times}", line.len());
            }
        }
    }

    #[test]
    fn a_discovery_names_what_there_is_room_for() {
        let found = |number: usize| Found {
            name: format!("\u{1f600} {number}"),
            item_type: Some("qemu".to_owned()),
            kind: None,
        };
        let of = |count: usize| {
            listed(Discovery {
                event: "discovery",
                phase: "virtual-machines",
                status: "discovered",
                message: format!("Discovered {count} virtual machine(s) to synchronize"),
                count,
                items: (0..count).map(found).collect(),
                progress: ProgressOf::new(0, count as u64),
                metadata: None,
            })
        };
        assert_eq!(of(3).items.len(), 3);
        let many = of(1000);
        assert!(many.count == 1000 && (4..20).contains(&many.items.len()), "{}", many.items.len());
        assert!(json::line(&many).unwrap().len() < LIMIT);
    }

    #[test]
    fn the_name_stays_while_other_texts_can_give_way() {
        let short = shortened(&item("vm100", &"because ".repeat(100)));
        assert_eq!(short.item.name, "vm100");
        assert!(short.error.unwrap().starts_with("because because"));
        assert!(short.item.netbox_url.is_some());
    }
}
