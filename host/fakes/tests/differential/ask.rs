//! One request, and who answers it.

use reqwest::{Client, Method};
use serde_json::Value;

/// One of the two that are asked.
pub(super) struct Side {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) token: String,
    pub(super) reader: Option<String>,
}

/// One request; `{name}` stands for the id of an object made before, `{run}` for the mark of this run.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) text: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) login: Login,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Login {
    Token,
    ReadOnly,
    None,
}

impl Ask {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            body: None,
            text: None,
            headers: Vec::new(),
            login: Login::Token,
        }
    }
    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
    pub(super) fn text(mut self, kind: &str, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self.header("content-type", kind)
    }
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub(super) fn anonymous(mut self) -> Self {
        self.login = Login::None;
        self
    }
    pub(super) fn read_only(mut self) -> Self {
        self.login = Login::ReadOnly;
        self
    }
}

impl Side {
    pub(super) async fn send(&self, ask: &Ask) -> (u16, Value) {
        let mut request = self.client.request(ask.method.clone(), format!("{}{}", self.url, ask.path));
        request = match ask.login {
            Login::Token => request.header("authorization", format!("Token {}", self.token)),
            Login::ReadOnly => {
                request.header("authorization", format!("Token {}", self.reader.clone().unwrap_or_default()))
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
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap().replace(&self.url, "");
        let body = serde_json::from_str(&text).unwrap_or_else(|_| {
            let kind = if text.is_empty() { "" } else { "a page" };
            kind.into()
        });
        (status, body)
    }
}
