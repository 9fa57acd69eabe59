//! What a module writes to its standard streams and its log: the last of it is kept for error messages.

use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes kept.
const KEEP: usize = 4096;

/// Lines shown, and characters of each.
const LINES: usize = 8;
const LINE: usize = 300;

/// The end of what was written. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Tail(Arc<Mutex<VecDeque<u8>>>);

impl Tail {
    fn bytes(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the end.
    pub(crate) fn push(&self, written: &[u8]) {
        let mut bytes = self.bytes();
        bytes.extend(written.iter().skip(written.len().saturating_sub(KEEP)));
        let excess = bytes.len().saturating_sub(KEEP);
        bytes.drain(..excess);
    }

    /// The last lines, without control characters and without Rust's advice about backtraces.
    pub(crate) fn lines(&self) -> Vec<String> {
        let bytes: Vec<u8> = self.bytes().iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| clean(line, LINE))
            .filter(|line| !line.trim().is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE"))
            .collect();
        lines.split_off(lines.len().saturating_sub(LINES))
    }
}

/// Text of a module, fit to be shown: no control characters, and not longer than so many bytes.
pub(crate) fn clean(text: &str, limit: usize) -> String {
    let end = text.floor_char_boundary(limit);
    let mut cleaned: String =
        text.get(..end).unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if end < text.len() {
        cleaned.push('…');
    }
    cleaned
}

impl IsTerminal for Tail {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Tail {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Tail {
    fn write(&mut self, written: Bytes) -> StreamResult<()> {
        self.push(&written);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 * 1024)
    }
}

#[async_trait]
impl Pollable for Tail {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_kept() {
        let mut tail = Tail::default();
        for number in 0..10_000 {
            tail.write(Bytes::from(format!("line {number}\n"))).unwrap();
        }
        assert_eq!(tail.bytes().len(), KEEP);
        let lines = tail.lines();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines.last().unwrap(), "line 9999");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        let mut tail = Tail::default();
        tail.write(Bytes::from_static(
            b"\x1b[31mred\x07\nnote: run with `RUST_BACKTRACE=1` environment variable\n",
        ))
        .unwrap();
        assert_eq!(tail.lines(), [" [31mred "]);
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(clean("äöü", 3), "ä…");
    }
}
