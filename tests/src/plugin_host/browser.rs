use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A browser in which somebody has logged in to NetBox.
pub struct Browser {
    client: Client,
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Where it sends the browser; empty when nowhere.
    pub location: String,
    /// As it came.
    pub text: String,
}

impl Page {
    /// The page as JSON; null when it is none.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Whether the page shows a text.
    pub fn shows(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// What the page tells the user in its corner.
    fn messages(&self) -> Vec<String> {
        let parts = self.text.split("toast-body\">").skip(1);
        parts.map(|part| plain(part.split("</div>").next().unwrap_or_default())).collect()
    }
}

impl Browser {
    pub(crate) async fn log_in(base: String) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("a client");
        let browser = Self { client, base, cookies: Mutex::default() };
        browser.open("/login/").await;
        let page = browser.send("/login/", &[("username", "admin"), ("password", "admin")]).await;
        assert_eq!(page.status, 302, "not logged in: {}", page.text);
        browser
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Page {
        self.answer(self.client.get(format!("{}{path}", self.base))).await
    }

    /// Presses a button and returns what the next page tells.
    pub async fn press(&self, path: &str) -> Vec<String> {
        let page = self.send(path, &[]).await;
        assert_eq!(page.status, 302, "{path}: {}", page.text);
        self.open(&page.location).await.messages()
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let url = format!("{}{path}", self.base);
        let token = self.cookies().get("csrftoken").cloned().unwrap_or_default();
        let mut form = vec![("csrfmiddlewaretoken", token.as_str())];
        form.extend(fields);
        self.answer(self.client.post(&url).header("Referer", &url).form(&form)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Page {
        let cookies: Vec<String> =
            self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header(COOKIE, cookies.join("; ")).send().await.expect("NetBox answers");
        self.keep_cookies(&answer);
        let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        Page {
            status: answer.status().as_u16(),
            location: location.unwrap_or_default().to_owned(),
            text: answer.text().await.expect("NetBox answers with text"),
        }
    }

    fn keep_cookies(&self, answer: &Response) {
        let set = answer.headers().get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let pairs = set.filter_map(|cookie| cookie.split(';').next()?.split_once('='));
        self.cookies().extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    fn cookies(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Text without tags, and without more white space than it needs.
fn plain(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ").replace("&#x27;", "'")
}
