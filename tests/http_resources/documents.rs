//! State, agent profile and activity profile documents.

use crate::client::{
    Answer, Parameter, VERSION, VERSIONS, get, request, sent, servers, unversioned,
};
use harness::Server;
use harness::reqwest::Method;
use harness::serde_json::{Value, json};

const AGENT: Parameter<'_> = ("agent", r#"{"mbox":"mailto:ada@people.example"}"#);
const ACTIVITY: Parameter<'_> = ("activityId", "https://example.com/a");
const REGISTRATION: &str = "ec531277-b57b-4c15-8d91-d292c5b2b8f7";

/// A document resource, its name of ids, and whom its documents belong to.
struct Resource {
    path: &'static str,
    id: &'static str,
    owner: Vec<Parameter<'static>>,
}

impl Resource {
    fn all() -> [Self; 3] {
        let resource = |path, id, owner| Self { path, id, owner };
        [
            resource("activities/state", "stateId", vec![ACTIVITY, AGENT]),
            resource("activities/profile", "profileId", vec![ACTIVITY]),
            resource("agents/profile", "profileId", vec![AGENT]),
        ]
    }

    fn is_state(&self) -> bool {
        self.id == "stateId"
    }

    fn with_id<'a>(&'a self, id: &'a str) -> Vec<Parameter<'a>> {
        let mut parameters = self.owner.clone();
        parameters.push((self.id, id));
        parameters
    }

    async fn read(&self, server: &Server, id: &str) -> Answer {
        get(server, self.path, &self.with_id(id)).await
    }

    /// Writes a document under a precondition, with an empty name for none.
    async fn write(
        &self,
        server: &Server,
        (version, method): (&str, Method),
        id: &str,
        (name, value): (&str, &str),
        (media_type, content): (&str, &str),
    ) -> u16 {
        let mut request = unversioned(server, method, self.path, &self.with_id(id))
            .header(VERSION, version)
            .header("Content-Type", media_type)
            .body(content.to_owned());
        if !name.is_empty() {
            request = request.header(name, value);
        }
        sent(request).await.status
    }
}

const JSON: &str = "application/json";
const NONE: (&str, &str) = ("", "");
const NEW: (&str, &str) = ("If-None-Match", "*");

/// XAPI-00187, XAPI-00190, XAPI-00191, XAPI-00216, XAPI-00271, XAPI-00273, XAPI-00285, XAPI-00287, XAPI-00291,
/// XAPI-00293: what may be written or deleted answers 204.
#[tokio::test]
async fn xapi_00322_each_resource_and_version_has_its_rule_for_a_bare_put() {
    for server in servers().await {
        for resource in Resource::all() {
            for (version, id) in VERSIONS.into_iter().zip(["one", "two"]) {
                let put = (version, Method::PUT);
                let write = |condition, content| {
                    resource.write(&server, put.clone(), id, condition, (JSON, content))
                };
                let (absent, present) = match (resource.is_state(), version) {
                    (true, "1.0.3") => (204, 204),
                    (true, _) => (204, 409),
                    (false, _) => (400, 409),
                };
                let case = format!("{} {version}", resource.path);
                assert_eq!(write(NONE, "{}").await, absent, "{case}, nothing there");
                let delete = request(&server, Method::DELETE, resource.path, &resource.with_id(id));
                assert_eq!(sent(delete).await.status, 204);
                assert_eq!(write(("If-Match", "*"), "{}").await, 412, "{case}");
                assert_eq!(write(NEW, "[1]").await, 204, "{case}");
                assert_eq!(write(NEW, "[2]").await, 412, "{case}");
                assert_eq!(write(NONE, "[1]").await, present, "{case}, something there");
                assert_eq!(resource.read(&server, id).await.text(), "[1]", "{case}");
                let tag = resource.read(&server, id).await.header("etag").to_owned();
                assert_eq!(write(("If-Match", &tag), "[3]").await, 204, "{case}");
                assert_eq!(write(("If-Match", &tag), "[4]").await, 412, "{case}");
                let current = resource.read(&server, id).await;
                assert_eq!(current.text(), "[3]");
                let bare = current.header("etag").trim_matches('"').to_owned();
                let listed = format!("\"other\", {bare}");
                assert_eq!(write(("If-Match", &listed), "[5]").await, 204, "{case}");
            }
        }
    }
}

/// XAPI-00125, XAPI-00126, XAPI-00188, XAPI-00192, XAPI-00217, XAPI-00230, XAPI-00259, XAPI-00269,
/// XAPI-00274, XAPI-00282, XAPI-00288, XAPI-00290, XAPI-00311.
#[tokio::test]
async fn a_document_comes_back_with_its_type_tag_and_time_to_get_and_head() {
    for server in servers().await {
        for resource in Resource::all() {
            let bytes = "b\u{e4}\u{1f600}\0";
            let (put, kind) = (("1.0.3", Method::PUT), "text/x-notes; charset=utf-8");
            assert_eq!(resource.write(&server, put, "n", NEW, (kind, bytes)).await, 204);
            for version in VERSIONS {
                let ask = |method| {
                    let parameters = resource.with_id("n");
                    unversioned(&server, method, resource.path, &parameters)
                        .header(VERSION, version)
                };
                let whole = sent(ask(Method::GET)).await;
                assert_eq!((whole.status, whole.body.as_slice()), (200, bytes.as_bytes()));
                assert_eq!(whole.header("content-type"), kind);
                assert_eq!(whole.header("x-experience-api-version"), version);
                let tag = whole.header("etag").to_owned();
                assert!(tag.len() == 42 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
                assert!(whole.header("last-modified").ends_with(" GMT"));

                let head = sent(ask(Method::HEAD)).await;
                assert_eq!((head.status, head.body.len()), (200, 0));
                for name in ["etag", "content-type", "last-modified", "content-length"] {
                    assert_eq!(head.header(name), whole.header(name), "{name}");
                }
                let again = sent(ask(Method::GET).header("If-None-Match", &tag)).await;
                assert_eq!((again.status, again.body.len()), (304, 0));
                assert_eq!(again.header("etag"), tag);
                let other = sent(ask(Method::GET).header("If-None-Match", "\"other\"")).await;
                assert_eq!(other.status, 200);
                let refused = sent(ask(Method::GET).header("If-Match", "\"other\"")).await;
                assert_eq!(refused.status, 412);
            }
            assert_eq!(resource.read(&server, "none").await.status, 404);
            let none = request(&server, Method::HEAD, resource.path, &resource.with_id("none"));
            assert_eq!(sent(none).await.status, 404);
        }
    }
}

/// XAPI-00183 to 00186, XAPI-00189, XAPI-00229, XAPI-00231 to 00235, XAPI-00272, XAPI-00278 to 00281,
/// XAPI-00283, XAPI-00284, XAPI-00286, XAPI-00292, XAPI-00308 to 00310, XAPI-00312 to 00314.
#[tokio::test]
async fn xapi_00183_posted_json_is_merged_into_json_alone() {
    for server in servers().await {
        for resource in Resource::all() {
            let post = async |id: &str, kind: &str, content: &str| {
                let post = ("2.0.0", Method::POST);
                resource.write(&server, post, id, NONE, (kind, content)).await
            };
            assert_eq!(post("j", JSON, r#"{"a":1.0,"b":{"c":1}}"#).await, 204);
            assert_eq!(post("j", "Application/JSON; charset=utf-8", r#"{"b":{"d":2}}"#).await, 204);
            assert_eq!(resource.read(&server, "j").await.text(), r#"{"a":1.0,"b":{"d":2}}"#);
            for (kind, content) in [
                (JSON, "[1]"),
                (JSON, "{"),
                (JSON, r#"{"a":1,"a":2}"#),
                ("text/plain", "{}"),
                (JSON, "1"),
            ] {
                assert_eq!(post("j", kind, content).await, 400, "{kind} {content}");
            }
            assert_eq!(resource.read(&server, "j").await.text(), r#"{"a":1.0,"b":{"d":2}}"#);
            assert_eq!(post("t", "text/plain", "x").await, 204);
            assert_eq!(post("t", JSON, "{}").await, 400, "what is stored is no JSON");
            assert_eq!(resource.read(&server, "t").await.text(), "x");
            assert_eq!(post("new", JSON, "{").await, 400, "broken JSON is not stored");
            assert_eq!(resource.read(&server, "new").await.status, 404);
        }
    }
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let list = answer.json();
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter();
    list.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// XAPI-00141, XAPI-00193 to 00195, XAPI-00221, XAPI-00222, XAPI-00268, XAPI-00270, XAPI-00275,
/// XAPI-00289, XAPI-00294, XAPI-00303.
#[tokio::test]
async fn ids_are_listed_since_an_instant_and_only_a_states_are_deleted_together() {
    for server in servers().await {
        for resource in Resource::all() {
            let put = ("1.0.3", Method::PUT);
            resource.write(&server, put.clone(), "b", NEW, (JSON, "{}")).await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let now = get(&server, "statements", &[("limit", "1")]).await;
            let now = now.header("X-Experience-API-Consistent-Through").to_owned();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            resource.write(&server, put, "\u{e4} /%41", NEW, (JSON, "{}")).await;
            let all = get(&server, resource.path, &resource.owner).await;
            assert_eq!(ids(&all), ["b", "\u{e4} /%41"]);
            let mut since = resource.owner.clone();
            since.push(("since", &now));
            assert_eq!(ids(&get(&server, resource.path, &since).await), ["\u{e4} /%41"]);
            let delete = sent(request(&server, Method::DELETE, resource.path, &resource.owner));
            let expected = if resource.is_state() { 204 } else { 400 };
            assert_eq!(delete.await.status, expected, "{}", resource.path);
            let left = ids(&get(&server, resource.path, &resource.owner).await);
            assert_eq!(left.len(), if resource.is_state() { 0 } else { 2 });
        }
    }
}

/// XAPI-00194, XAPI-00219.
#[tokio::test]
async fn a_states_documents_are_deleted_by_registration() {
    for server in servers().await {
        let in_registration = [ACTIVITY, AGENT, ("registration", REGISTRATION)];
        let put = async |parameters: &[Parameter<'_>]| {
            let put = request(&server, Method::PUT, "activities/state", parameters);
            assert_eq!(sent(put.header("Content-Type", JSON).body("{}")).await.status, 204);
        };
        put(&[ACTIVITY, AGENT, ("stateId", "s")]).await;
        put(&[ACTIVITY, AGENT, ("registration", REGISTRATION), ("stateId", "s")]).await;
        let state = "activities/state";
        let delete = request(&server, Method::DELETE, state, &in_registration);
        let conditional = delete.header("If-Match", "\"tag\"");
        assert_eq!(sent(conditional).await.status, 412, "many have no tag to match");
        let delete = request(&server, Method::DELETE, state, &in_registration);
        assert_eq!(sent(delete).await.status, 204);
        assert!(ids(&get(&server, state, &in_registration).await).is_empty());
        assert_eq!(ids(&get(&server, state, &[ACTIVITY, AGENT]).await), ["s"]);
    }
}

#[tokio::test]
async fn keys_may_be_longer_than_an_index_takes() {
    for server in servers().await {
        // Not repetitive: an index would compress that.
        let digits = |seed: u32| -> String {
            let next = |state: &mut u32| {
                *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Some(format!("{:06x}", *state >> 8))
            };
            let mut state = seed;
            std::iter::from_fn(|| next(&mut state)).take(1_700).collect()
        };
        let long = format!("https://example.com/{}", digits(1));
        let (id, name) = (digits(2), digits(3));
        let agent = json!({"account": {"homePage": "https://example.com", "name": name}});
        let agent = agent.to_string();
        let parameters = [("activityId", &*long), ("agent", &agent), ("stateId", &id)];
        // An address of that length is refused by proxies and us: the alternate syntax carries it.
        let form = |parameters: &[Parameter<'_>]| {
            let mut fields = parameters.to_vec();
            fields.extend([("content", "{}"), (VERSION, "1.0.3"), ("Content-Type", JSON)]);
            crate::client::query(&fields)
        };
        let path = |method: &str| format!("/xapi/activities/state?method={method}");
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        for (method, status) in [("PUT", 204), ("GET", 200)] {
            let request = server.post(&path(method)).header(kind.0, kind.1);
            let answer = sent(request.body(form(&parameters))).await;
            assert_eq!(answer.status, status, "{method}: {answer:?}");
        }
        let statement = json!({
            "actor": {"account": {"homePage": "https://example.com", "name": name}},
            "verb": {"id": long},
            "object": {"id": long},
        });
        let post = request(&server, Method::POST, "statements", &[]).json(&statement);
        assert_eq!(sent(post).await.status, 200);
        let found = get(&server, "statements", &[("activity", &long), ("verb", &long)]).await;
        assert_eq!(found.json()["statements"].as_array().map(Vec::len), Some(1), "{found:?}");
    }
}
