//! Server-Sent Events as the plugin reads them, and what they have to be.

use serde_json::Value;
use std::collections::BTreeMap;

/// Events that the plugin knows.
const KNOWN: [&str; 8] =
    ["step", "discovery", "substep", "item_progress", "phase_summary", "error_detail", "error", "complete"];

/// The plugin keeps this many characters of a frame.
const KEPT: usize = 600;

/// One frame: its event, and its data as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub event: String,
    pub data: String,
}

impl Frame {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error} in {}", self.data))
    }
}

/// Splits a stream the way the plugin does: a frame begins with `event:`, every further line up to an empty one is
/// data, with or without `data:` before it, and comments between frames are passed over.
pub fn parse(text: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut open: Option<Frame> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("event:")) {
            (_, Some(event)) => {
                frames.extend(open.replace(Frame { event: event.trim().to_owned(), data: String::new() }));
            }
            (Some(_), None) if line.is_empty() => frames.extend(open.take()),
            (Some(frame), None) => {
                let data = line.strip_prefix("data:").unwrap_or(line);
                frame.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            }
            (None, None) => {}
        }
    }
    frames.extend(open);
    frames
}

/// What is wrong with a whole stream of a run that went well, told about `step`.
pub fn faults(text: &str, step: &str) -> Vec<String> {
    let mut faults = odd_lines(text);
    let frames = parse(text);
    let ends = frames.iter().filter(|frame| frame.event == "complete").count();
    let last = frames.last().filter(|frame| frame.event == "complete");
    let Some(last) = last.filter(|_| ends == 1) else {
        faults.push(format!("{ends} frames are `complete`, and exactly one has to be, the last"));
        return faults;
    };
    if !text.ends_with("\n\n") {
        faults.push("the last frame has no end".to_owned());
    }
    let mut counting = BTreeMap::new();
    for frame in &frames {
        match serde_json::from_str::<Value>(&frame.data) {
            Ok(json) if json.is_object() => faults.extend(odd_frame(frame, &json, step, &mut counting)),
            _ => faults.push(format!("the data of {} is no JSON object: {}", frame.event, frame.data)),
        }
    }
    if !serde_json::from_str::<Value>(&last.data).is_ok_and(|complete| complete["ok"] == true) {
        faults.push(format!("it did not go well: {}", last.data));
    }
    faults
}

/// Lines other than a comment, `event:`, `data:` right behind it, and the empty one behind that.
fn odd_lines(text: &str) -> Vec<String> {
    let mut before = "";
    let mut odd = Vec::new();
    for line in text.lines() {
        let kind = match line.split_once(':') {
            Some(("", _)) => "comment",
            Some(("event", rest)) if KNOWN.contains(&rest.trim()) => "event",
            Some(("data", _)) => "data",
            None if line.is_empty() => "",
            _ => "odd",
        };
        if !matches!((before, kind), ("", "event" | "comment") | ("event", "data") | ("data" | "comment", ""))
        {
            odd.push(format!("a line that is out of place: {line}"));
        }
        before = kind;
    }
    odd
}

/// What is wrong with one frame; `counting` holds how far each phase has come.
fn odd_frame(frame: &Frame, json: &Value, step: &str, counting: &mut BTreeMap<String, u64>) -> Vec<String> {
    let mut odd = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            odd.push(format!("{} {what}: {}", frame.event, frame.data));
        }
    };
    let texts = |names: &[&str]| names.iter().all(|name| json[*name].is_string());
    match frame.event.as_str() {
        "complete" => {
            must(json["ok"].is_boolean() && texts(&["message"]), "without ok and message");
            let result = &json["result"];
            must(result.is_object() || result.is_array() || result.is_null(), "with an odd result");
            must(are_errors(&json["errors"]), "with odd errors");
        }
        "item_progress" => {
            must(frame.data.chars().count() < KEPT, "that is too long");
            must(texts(&["phase", "status", "message", "operation"]), "without its words");
            must(json["item"]["name"].is_string(), "without a name");
            let (current, total) = (json["progress"]["current"].as_u64(), json["progress"]["total"].as_u64());
            must(current.zip(total).is_some_and(|(current, total)| current <= total), "without progress");
            must(json["progress"]["percent"].is_number(), "without percent");
            must(counted(json, current), "whose counts are not those of all objects so far");
            let before = counting.insert(json["phase"].to_string(), current.unwrap_or_default());
            must(before.is_none_or(|before| Some(before) <= current), "that counts backwards");
        }
        "step" => {
            must(texts(&["step", "status", "message"]), "without its words");
            must(json["status"] != "started" || json["step"] == step || is_part(step), "of another stage");
        }
        "discovery" => {
            must(texts(&["phase", "status", "message"]) && json["items"].is_array(), "without its words");
            must(json["count"].is_u64(), "without a count");
        }
        "phase_summary" => {
            must(texts(&["phase", "status", "message"]) && json["result"].is_object(), "without its words");
        }
        "error" => must(texts(&["step", "status", "error"]), "without its words"),
        _ => {}
    }
    odd
}

/// Whether a frame tells how many objects ended how so far.
fn counted(frame: &Value, current: Option<u64>) -> bool {
    let ends = frame["counts"].as_object();
    ends.is_some_and(|ends| Some(ends.values().filter_map(Value::as_u64).sum()) == current)
}

/// Stages of machines bring others along.
fn is_part(step: &str) -> bool {
    matches!(step, "virtual-machines" | "virtual-machine")
}

fn are_errors(errors: &Value) -> bool {
    match errors {
        Value::Null => true,
        Value::Array(errors) => errors.iter().all(|error| error["detail"].is_string()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{faults, parse};

    const GOOD: &str = "event: complete\ndata: {\"ok\": true, \"message\": \"Done.\", \"result\": {}}\n\n";

    #[test]
    fn frames_are_read_as_the_plugin_reads_them() {
        let frames = parse(": keepalive\n\nevent: step\nid: 1\ndata: {}\n\nevent:complete\ndata: {\ndata: }");
        let told: Vec<(&str, &str)> =
            frames.iter().map(|frame| (frame.event.as_str(), frame.data.as_str())).collect();
        assert_eq!(told, [("step", "id: 1{}"), ("complete", "{}")]);
    }

    #[test]
    fn a_stream_that_the_plugin_would_misread_is_found_out() {
        assert!(faults(GOOD, "devices").is_empty());
        assert!(faults(&format!(": keepalive\n\n{GOOD}"), "devices").is_empty());
        for bad in [
            "",
            &GOOD.repeat(2),
            &format!(
                "{GOOD}event: step\ndata: {{\"step\": \"devices\", \"status\": \"x\", \"message\": \"x\"}}\n\n"
            ),
            &GOOD.replace("data", "id: 1\ndata"),
            &format!("retry: 3000\n{GOOD}"),
            &GOOD.replace("true", "false"),
            &GOOD.replace("true", "\"true\""),
            &GOOD.replace("{}", "\"text\""),
            &GOOD.replace("\"result\": {}", "\"errors\": [\"text\"]"),
            &GOOD.replace("}}", "}"),
            &GOOD.replace("complete", "done"),
            &GOOD.replace("\n\n", "\n"),
            &format!(
                "event: step\ndata: {{\"step\": \"x\", \"status\": \"started\", \"message\": \"x\"}}\n\n{GOOD}"
            ),
            &format!("event: item_progress\ndata: {{\"phase\": \"devices\"}}\n\n{GOOD}"),
        ] {
            assert!(!faults(bad, "devices").is_empty(), "{bad}");
        }
    }
}
