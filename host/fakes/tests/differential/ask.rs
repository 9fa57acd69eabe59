//! One request, and who answers it.

use reqwest::{Client, Method};
use serde_json::Value;
use std::collections::BTreeMap;

/// One of the two that are asked.
pub(crate) struct Side {
    pub(crate) client: Client,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) reader: String,
    /// Tokens of further users.
    pub(crate) users: BTreeMap<&'static str, String>,
}

/// What one of the two answered, without its own address.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    /// The JSON of the body; of any other body only that it is a page, because the fake has pages of its own.
    pub(crate) body: Value,
}

/// One request; `{name}` stands for the id of an object made before, `{run}` for the mark of this run.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) text: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) login: Login,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Login {
    Token,
    ReadOnly,
    User(&'static str),
    None,
}

impl Ask {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            body: None,
            text: None,
            headers: Vec::new(),
            login: Login::Token,
        }
    }
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
    pub(crate) fn text(mut self, kind: &str, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self.header("content-type", kind)
    }
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub(crate) fn anonymous(mut self) -> Self {
        self.login = Login::None;
        self
    }
    /// As a user of `Pair::user`.
    pub(crate) fn by(mut self, user: &'static str) -> Self {
        self.login = Login::User(user);
        self
    }
    pub(crate) fn read_only(mut self) -> Self {
        self.login = Login::ReadOnly;
        self
    }
}

/// How often a request is sent again that broke.
const TRIES: usize = 5;

impl Side {
    pub(crate) async fn send(&self, ask: &Ask) -> Reply {
        let mut request = self.client.request(ask.method.clone(), format!("{}{}", self.url, ask.path));
        request = match ask.login {
            Login::Token => request.header("authorization", format!("Token {}", self.token)),
            Login::ReadOnly => request.header("authorization", format!("Token {}", self.reader)),
            Login::User(name) => {
                request.header("authorization", format!("Token {}", self.users.get(name).unwrap()))
            }
            Login::None => request,
        };
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &ask.body {
            request = request.json(body);
        } else if let Some(text) = &ask.text {
            request = request.body(text.clone());
        }
        // A server that refuses a body without reading it may close the connection before its answer is read.
        let mut response = request.try_clone().unwrap().send().await;
        for _ in 0..TRIES {
            if response.is_err() {
                response = request.try_clone().unwrap().send().await;
            }
        }
        let response = response.unwrap();
        let status = response.status().as_u16();
        let header = |value: &[u8]| String::from_utf8_lossy(value).replace(&self.url, "");
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.as_str().to_owned(), header(value.as_bytes()))).collect();
        let text = response.text().await.unwrap().replace(&self.url, "");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| {
            let kind = if text.is_empty() { "" } else { "a page" };
            kind.into()
        });
        Reply { status, headers, body }
    }
}
