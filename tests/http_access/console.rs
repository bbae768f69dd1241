//! The console without a browser: its pages and forms as plain requests.

use crate::{Answer, encoded, sent};
use harness::Server;

/// The administrator's password, which the first start is given.
pub(crate) const PASSWORD: &str = "stone lantern over the river";
/// The administrator that the first start makes.
pub(crate) const ADMIN: &str = "admin@localhost";

/// Somebody who is signed in to the console.
pub(crate) struct Console<'a> {
    server: &'a Server,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

/// A form sent as a page of the console sends it.
pub(crate) async fn form(
    server: &Server,
    path: &str,
    cookie: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let body = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    let request = server.client().post(server.main(path)).header("Origin", server.main(""));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    sent(request.header("Cookie", cookie).body(body.collect::<Vec<_>>().join("&"))).await
}

/// The cookie that an answer sets.
pub(crate) fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert!(!cookie.is_empty(), "nobody was signed in: {answer:?}");
    cookie
}

impl<'a> Console<'a> {
    /// Signs in by password.
    pub(crate) async fn sign_in(server: &'a Server) -> Self {
        let fields = [("email", ADMIN), ("password", PASSWORD)];
        let answer = form(server, "/sign-in", "", &fields).await;
        Self::with(server, cookie_of(&answer)).await
    }

    /// Signs in by a one-time link.
    pub(crate) async fn by_link(server: &'a Server, path: &str) -> Self {
        let answer = form(server, path, "", &[]).await;
        Self::with(server, cookie_of(&answer)).await
    }

    async fn with(server: &'a Server, cookie: String) -> Self {
        let mut console = Self { server, cookie, csrf: String::new() };
        let page = console.get("/keys").await;
        let (_, rest) = page.text.split_once("name=\"csrf\" value=\"").expect("there is a form");
        rest.split('"').next().expect("it is quoted").clone_into(&mut console.csrf);
        console
    }

    /// A page.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.server.client().get(self.server.main(path));
        sent(request.header("Cookie", &self.cookie)).await
    }

    /// A form of a page.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", self.csrf.as_str())];
        all.extend(fields);
        form(self.server, path, &self.cookie, &all).await
    }
}
