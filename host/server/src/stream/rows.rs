//! Rows of a table in a browser: the shape that WebSocket clients get, carried inside `step` frames.
//!
//! Names and links come as HTML, so every one of them is escaped here.

use serde::Serialize;

/// `{object, type?, data?, end?}`.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(super) object: &'static str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<RowData>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) end: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct RowData {
    pub(super) completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) increment_count: Option<&'static str>,
    pub(super) sync_status: &'static str,
    pub(super) rowid: String,
    /// HTML once the object is in NetBox.
    pub(super) name: String,
    pub(super) netbox_id: Option<u64>,
    /// HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl Row {
    /// The kind of object whose end it tells, if it does.
    pub(crate) fn ended(&self) -> Option<&'static str> {
        self.end.then_some(self.object)
    }

    pub(super) fn of(object: &'static str, data: RowData) -> Self {
        Self { object, kind: Some("create"), data: Some(data), end: false }
    }

    pub(super) fn end(object: &'static str) -> Self {
        Self { object, kind: None, data: None, end: true }
    }
}

/// A link to an object, or its name when it has no page.
pub(super) fn anchor(name: &str, url: Option<&str>) -> String {
    match url {
        Some(url) => format!("<a href='{}'>{}</a>", escape(url), escape(name)),
        None => escape(name),
    }
}

/// A text as it stands in HTML, also within quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_link() {
        assert_eq!(anchor("pve1", Some("http://nb/1/")), "<a href='http://nb/1/'>pve1</a>");
        assert_eq!(
            anchor("<img onerror=x>", Some("http://nb/'>")),
            "<a href='http://nb/&#x27;&gt;'>&lt;img onerror=x&gt;</a>"
        );
        assert_eq!(anchor("a&b", None), "a&amp;b");
    }
}
