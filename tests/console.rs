//! The console in a real browser: what its users do by hand, how it looks, and that no page
//! complains.

use harness::serde_json::{Value, json};
use harness::{Backend, Browser, Device, Server};
use std::fs;
use support::{Player, no_browser, package_of};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_attestry");
const PASSWORD: &str = "stone lantern over the river";

/// Elements beyond the right edge of a page that scrolls sideways.
const STICKS_OUT: &str = "(page => page.scrollWidth <= page.clientWidth ? [] : \
    [...document.body.querySelectorAll('*')]\
        .filter(e => e.getBoundingClientRect().right > page.clientWidth)\
        .map(e => e.outerHTML.slice(0, 80)))(document.documentElement)";

/// The link in which the server prints that the console can be signed in to, once.
fn printed_link(server: &Server) -> String {
    let log = server.log();
    let word =
        log.iter().flat_map(|line| line.split_whitespace()).find(|word| word.contains("/sign-in/"));
    word.unwrap_or_else(|| panic!("no link in {log:#?}")).to_owned()
}

struct Console {
    server: Server,
    player: Player,
    origin: String,
}

impl Console {
    /// A fresh server with its administrator signed in by the printed link.
    async fn open() -> Self {
        let server = Server::start(PROGRAM, Backend::Sqlite, &[]).await;
        let link = printed_link(&server);
        let player = Player { browser: Browser::open().await };
        player.goto(&link).await.expect("the page loads");
        player.wait_until("the first page", "document.querySelector('header.top')").await;
        let origin = player.eval("location.origin").await;
        let origin = origin.as_str().expect("an origin is a text").to_owned();
        Self { server, player, origin }
    }

    /// Opens a page of the console.
    async fn visit(&self, path: &str) {
        self.player.goto(&format!("{}{path}", self.origin)).await.expect("the page loads");
    }

    /// A link for a learner of a course.
    async fn learners_link(&self, course: &Value) -> String {
        let actor = json!({"account": {"homePage": "https://people.example", "name": "ada"}, "name": "Ada"});
        let launch = json!({"actor": actor, "course": course});
        let answer = self.server.post("/api/v1/launches").json(&launch).send().await;
        let body: Value = answer.expect("it answers").json().await.expect("the answer is JSON");
        body["url"].as_str().expect("a launch has a link").to_owned()
    }

    /// Waits for the page with this heading.
    async fn heading(&self, heading: &str) {
        let seen =
            format!("document.querySelector('h1')?.textContent.includes({})", Value::from(heading));
        self.player.wait_until(&format!("the page {heading:?}"), &seen).await;
    }

    /// Presses the button with this text.
    async fn press(&self, text: &str) {
        let mark = format!(
            "(b => {{ document.querySelectorAll('[data-pressed]').forEach(e => delete e.dataset.pressed); \
             if (b) b.dataset.pressed = ''; return b !== undefined; }})\
             ([...document.querySelectorAll('main button, header button')].find(b => b.textContent.trim() === {}))",
            Value::from(text)
        );
        self.player.wait_until(&format!("a button {text:?}"), &mark).await;
        self.player.click("[data-pressed]").await;
    }

    /// Takes pictures of what is shown, wide and narrow, light and dark; nothing may stick out.
    async fn picture(&self, name: &str) {
        for (kind, device) in [
            ("desktop", Device::DESKTOP),
            ("desktop-dark", Device::DESKTOP.dark()),
            ("phone", Device::PHONE),
            ("phone-dark", Device::PHONE.dark()),
        ] {
            self.player.show_on(device).await;
            let out = self.player.eval(STICKS_OUT).await;
            assert_eq!(out, json!([]), "{name} sticks out on {kind}");
            self.player.screenshot(&format!("console-{name}-{kind}")).await;
        }
        self.player.show_on(Device::DESKTOP).await;
    }

    /// Chooses a file in the upload form and sends it.
    async fn upload(&self, name: &str, zip: &[u8], button: &str) -> TempDir {
        let folder = TempDir::new().expect("a folder can be made");
        let path = folder.path().join(name);
        fs::write(&path, zip).expect("a file can be written");
        let input = self.player.element("input[type=file]").await;
        input.send_keys(path.to_str().expect("plain names")).await.expect("the file is chosen");
        self.press(button).await;
        folder
    }
}

#[tokio::test]
async fn a_user_signs_in_by_link_sets_a_password_and_signs_in_with_it() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    let used = printed_link(&console.server);
    console.visit("/users").await;
    console.picture("users").await;
    console.press("New password link").await;
    let link = player.text("#link").await;
    player.goto(&link).await.expect("the page loads");
    console.picture("set-password").await;
    player.fill("[name=password]", PASSWORD).await;
    player.fill("[name=again]", "something else entirely").await;
    console.press("Set password and sign in").await;
    assert!(player.text("[role=alert]").await.contains("differ"));
    let _ = player.console_errors().await; // the refusal's own status
    player.fill("[name=password]", PASSWORD).await;
    player.fill("[name=again]", PASSWORD).await;
    let email = player.attribute("[name=email]", "value").await.expect("the address is shown");
    console.press("Set password and sign in").await;
    player.wait_until("the console", "document.querySelector('header.top')").await;

    console.press("Sign out").await;
    console.heading("Sign in").await;
    console.picture("sign-in").await;
    console.visit("/registrations").await;
    console.heading("Sign in").await;
    player.fill("[name=email]", &email).await;
    player.fill("[name=password]", "wrong words here").await;
    console.press("Sign in").await;
    assert!(player.text("[role=alert]").await.contains("wrong"));
    let _ = player.console_errors().await;
    player.fill("[name=password]", PASSWORD).await;
    console.press("Sign in").await;
    console.heading("registration").await;
    player.assert_quiet_but(&["400 ", "401 "]).await;

    player.goto(&used).await.expect("the page loads");
    console.heading("").await;
    player.wait_until("the refusal", "document.body.textContent.includes('has been used')").await;
}

#[tokio::test]
async fn a_package_is_uploaded_and_tried_without_a_trace_in_the_record() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    console.visit("/courses").await;
    assert!(player.text("table").await.contains("Phishing basics"), "the sample is there");
    let sample = samples::named("incident-response").expect("the sample exists");
    let _file = console.upload("incident.zip", &sample.zip(), "Import").await;
    console.heading("The first hour of an incident").await;
    assert!(player.text("main").await.contains("is imported"));
    console.picture("course").await;

    console.press("Launch a test").await;
    let console_window = player.window().await.expect("a window is there");
    let windows = player.wait_for_windows(2).await;
    let other = windows.into_iter().find(|window| *window != console_window).expect("another");
    player.switch_to_window(other).await.expect("the player's window is there");
    pass_the_incident(player).await;
    player.click("#open-log").await;
    let log = player.text("#log").await;
    assert!(log.contains("SetValue(\"cmi.success_status\", \"passed\")"), "{log}");
    player.screenshot("player-api-log").await;
    player.click("#log [data-close]").await;
    player.leave().await;
    player.switch_to_window(console_window).await.expect("the console is there");
    console.visit("/registrations").await;
    console.heading("No registrations").await;
    console.visit("/registrations?test=true").await;
    let table = player.text("table").await;
    assert!(table.contains("passed") && table.contains("test"), "{table}");
    console.picture("registrations-tests").await;
    player.click("table th a").await;
    player.wait_until("the test", "document.querySelector('h1 .tag')").await;
    assert!(player.text("main").await.contains("no statement is made"));
    console.picture("registration-test").await;
    player.assert_quiet().await;
}

#[tokio::test]
async fn a_record_is_read_its_session_exported_and_looked_back_at() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    let sample = samples::named("incident-response").expect("the sample exists");
    let imported = console.server.post("/api/v1/packages").body(sample.zip()).send().await;
    let imported: Value = imported.expect("it answers").json().await.expect("the answer is JSON");
    let link = console.learners_link(&imported["course"]).await;
    player.goto(&link).await.expect("the player loads");
    pass_the_incident(player).await;
    player.leave().await;
    console.visit("/registrations").await;
    console.picture("registrations").await;
    assert!(player.text("table").await.contains("passed"));
    player.click("table th a").await;
    console.heading("").await;
    player.wait_until("the log", "document.querySelector('#log')").await;
    console.picture("registration").await;
    assert!(player.text("#log").await.contains("Initialize"));
    assert_eq!(player.eval("document.querySelectorAll('a[href$=\"/export\"]').length").await, 1);
    console.press("Look back at it").await;
    let registration = player.window().await.expect("a window is there");
    let windows = player.wait_for_windows(2).await;
    let other = windows.into_iter().find(|window| *window != registration).expect("another");
    player.switch_to_window(other).await.expect("the review is there");
    player.part("incident-response").await;
    player.player().await;
    assert_eq!(player.text("#state").await, "Not recorded");
    player.close_tab(registration).await;
    player.click("td a[href^='/statements/']").await;
    let json = player.text("#json").await;
    assert!(json.contains("\"verb\""), "{json}");
    console.picture("statement").await;
    console.visit("/statements?verb=http://adlnet.gov/expapi/verbs/passed").await;
    assert_eq!(player.eval("document.querySelectorAll('tbody tr').length > 0").await, true);
    console.picture("statements").await;
    player.assert_quiet().await;
}

#[tokio::test]
async fn an_attestation_is_asked_for_on_the_settings_page_signed_and_listed() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    let sample = samples::named("incident-response").expect("the sample exists");
    let imported = console.server.post("/api/v1/packages").body(sample.zip()).send().await;
    let imported: Value = imported.expect("it answers").json().await.expect("the answer is JSON");
    let course = imported["course"].as_str().expect("a course has an id").to_owned();
    console.visit("/attestations").await;
    console.heading("No attestations").await;

    console.visit(&format!("/courses/{course}/settings")).await;
    for (name, value) in [("attestation", "after_pass"), ("attestation_text", "own")] {
        let choose = format!("document.querySelector('[name={name}]').value = '{value}'");
        player.eval(&choose).await;
    }
    let text = "I, {name}, know <what> to do.\nVersion {version} of {course}.";
    player.fill("[name='attestation_text.own']", text).await;
    player.fill("[name=reason]", "policy 4").await;
    console.press("Decide").await;
    player.wait_until("the decision", "document.querySelector('.note.good')").await;
    let kept = player.eval("document.querySelector('textarea').value").await;
    assert_eq!(kept, text, "the text is as it was typed");
    console.picture("settings-attestation").await;

    player.goto(&console.learners_link(&imported["course"]).await).await.expect("it loads");
    pass_the_incident(player).await;
    player.click("#exit").await;
    player.wait_until("the form", "!document.querySelector('#signing').hidden").await;
    player.fill("#signing-name", "Ada <b> Lovelace").await;
    let shown = player.eval("document.querySelector('#signing blockquote').innerText").await;
    let shown = shown.as_str().expect("a text").to_owned();
    assert!(shown.starts_with("I, Ada <b> Lovelace, know <what> to do.\nVersion 1 of "), "{shown}");
    player.click("#signing [name=consent]").await;
    player.click("#signing [type=submit]").await;
    player.wait_until("the receipt", "document.querySelector('#signing').hidden").await;

    console.visit("/attestations?person=https://nobody.example").await;
    console.heading("No attestations").await;
    console.visit("/attestations?from=soon").await;
    assert!(player.text("[role=alert]").await.contains("must be a day"));
    console.visit("/attestations").await;
    console.heading("One attestation").await;
    let row = player.text("tbody").await;
    for told in ["Ada <b> Lovelace", "know <what> to do", "127.0.0.1", "Chrome", "passed"] {
        assert!(row.contains(told), "{told}: {row}");
    }
    console.picture("attestations").await;
    player.click("tbody td a[href^='/registrations/']").await;
    console.heading("Ada on").await;
    assert!(player.text("main").await.contains("Ada <b> Lovelace"));
    console.picture("registration-attested").await;
    player.click("th a[href^='/statements/']").await;
    let json = player.text("#json").await;
    assert!(json.contains("attestry/attestation@1"), "{json}");
    player.assert_quiet_but(&["400 "]).await;
}

/// A learner goes through the sample about an incident, to its end.
async fn pass_the_incident(player: &Player) {
    player.part("incident-response").await;
    player.next_pages(4).await;
    player.answer(&[("server", "a"), ("mailbox", "false"), ("unknown", "b")]).await;
    player.finish().await;
    player.saved().await;
}

/// A course whose second part waits for the first one, with a film that no browser plays.
const ORDERED: &str = r#"<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
 <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
 <organizations default="O"><organization identifier="O"><title>An ordered course</title>
  <item identifier="A" identifierref="R"><title>Pretest</title><imsss:sequencing><imsss:objectives>
   <imsss:primaryObjective objectiveID="a"><imsss:mapInfo targetObjectiveID="g" writeSatisfiedStatus="true"/>
   </imsss:primaryObjective></imsss:objectives></imsss:sequencing></item>
  <item identifier="B" identifierref="R"><title>Lesson</title><imsss:sequencing>
   <imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions>
    <imsss:ruleCondition condition="satisfied"/></imsss:ruleConditions><imsss:ruleAction action="skip"/>
   </imsss:preConditionRule></imsss:sequencingRules><imsss:objectives>
   <imsss:primaryObjective objectiveID="b"><imsss:mapInfo targetObjectiveID="g"/></imsss:primaryObjective>
   </imsss:objectives></imsss:sequencing></item>
  <imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing></organization></organizations>
 <resources><resource identifier="R" adlcp:scormType="sco" href="index.html"/></resources></manifest>"#;

#[tokio::test]
async fn a_version_tells_its_author_what_the_course_does_and_what_to_mend() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    console.visit("/courses").await;
    let page = "<script>API.Initialize(''); API.Terminate('')</script>";
    let files = [("imsmanifest.xml", ORDERED), ("index.html", page), ("media/film.wmv", "film")];
    let _file = console.upload("ordered.zip", &package::zip_of(files), "Import").await;
    console.heading("An ordered course").await;
    let player = &console.player;
    let rules = player.text(".tree").await;
    assert!(rules.contains("Skipped when 'Pretest' is satisfied."), "{rules}");
    let course = player.text("main > .rules").await;
    assert!(course.contains("Activities follow each other, and any can be chosen."), "{course}");
    let findings = player.text(".findings").await;
    let told = "browsers do not play this kind of video: \"media/film.wmv\"";
    for text in [told, "Convert what the course still uses", "media-refused"] {
        assert!(findings.contains(text), "{text:?} is not in {findings}");
    }
    player.click(".sizes summary").await;
    let sizes = player.text(".sizes").await;
    assert!(sizes.contains("wmv") && sizes.contains("media/film.wmv"), "{sizes}");
    console.picture("ordered").await;
    player.assert_quiet().await;
}

/// A course of these parts, each with its rules.
fn course_of(parts: &[(&str, &str)], page: &str) -> Vec<u8> {
    let item = |(id, rule): &(&str, &str)| {
        format!(
            r#"<item identifier="{id}" identifierref="R"><title>Part {id}</title>{rule}</item>"#
        )
    };
    let items: String = parts.iter().map(item).collect();
    let manifest = format!(
        r#"<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
 <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
 <organizations default="O"><organization identifier="O"><title>Fire safety</title>{items}</organization></organizations>
 <resources><resource identifier="R" adlcp:scormtype="sco" href="index.html"/></resources></manifest>"#
    );
    package::zip_of([("imsmanifest.xml", manifest.as_str()), ("index.html", page)])
}

#[tokio::test]
async fn a_new_version_is_compared_published_and_learners_are_moved_by_choice() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    let first = course_of(&[("A", ""), ("B", ""), ("C", "")], "<p>Fire</p>");
    let made = console.server.post("/api/v1/packages").body(first).send().await;
    let made: Value = made.expect("it answers").json().await.expect("it is JSON");
    let course = made["course"].as_str().expect("a course has an id");
    let mut registration = String::new();
    for who in ["ada", "grace"] {
        let account = json!({"homePage": "https://people.example", "name": who});
        let launch = json!({"actor": {"name": who, "account": account}, "course": course});
        let launch = console.server.post("/api/v1/launches").json(&launch).send().await;
        let launch: Value = launch.expect("it answers").json().await.expect("it is JSON");
        registration = launch["registration"].as_str().expect("it has an id").to_owned();
    }
    console.visit(&format!("/courses/{course}")).await;
    let mastery = "<adlcp:masteryscore>80</adlcp:masteryscore>";
    let second = course_of(&[("A", ""), ("C", mastery), ("D", "")], "<p>Fire and smoke</p>");
    let _file = console.upload("fire-2.zip", &second, "Check and compare first").await;
    let console_window = player.window().await.expect("a window is there");
    let windows = player.wait_for_windows(2).await;
    let other = windows.into_iter().find(|window| *window != console_window).expect("another");
    player.switch_to_window(other).await.expect("the comparison is there");
    console.heading("fire-2.zip against version 1").await;
    console.picture("version-checked").await;
    let main = player.text("main").await;
    for text in [
        "Nothing is published",
        "removed Part B",
        "added Part D",
        "New: Passed with a score of 80 or more",
        "Parts are gone that learners may have begun",
    ] {
        assert!(main.contains(text), "{text:?} is not in {main}");
    }
    player.switch_to_window(console_window).await.expect("the console is there");
    player.fill("[name=change_note]", "Smoke instead of B").await;
    console.press("Publish").await;
    console.heading("Version 2 against version 1").await;
    assert!(player.text("main").await.contains("Version 2 is published"));
    console.picture("version-published").await;

    player.click("a[href$='/versions/2/move']").await;
    console.heading("2 learners would move to version 2").await;
    console.picture("version-move").await;
    player.fill("[name=reason]", "B was wrong about smoke").await;
    console.press("Move 2 learners").await;
    player.wait_until("the moves", "document.querySelector('.note.good')").await;
    assert!(player.text(".note.good").await.contains("2 learners were moved to version 2."));
    console.picture("version-moved").await;
    console.visit(&format!("/registrations/{registration}")).await;
    let main = player.text("main").await;
    assert!(main.contains("B was wrong about smoke") && main.contains("from 1 to 2"), "{main}");
    console.picture("registration-moved").await;
    console.visit(&format!("/courses/{course}/versions/1")).await;
    let main = player.text("main").await;
    assert!(main.contains("This is version 1 as it was published") && main.contains("Part B"));
    console.picture("version-old").await;
    player.assert_quiet().await;
}

#[tokio::test]
async fn settings_are_decided_on_a_page_that_says_where_each_value_comes_from() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    console.visit("/settings").await;
    console.heading("How all courses play").await;
    let choose = |name: &str, value: &str| {
        format!(
            "(s => {{ s.value = '{value}'; return s.value; }})(document.querySelector('[name={name}]'))"
        )
    };
    player.eval(&choose("strictness", "strict")).await;
    player.fill("[name=reason]", "exam rules").await;
    console.press("Decide").await;
    player.wait_until("the decision", "document.querySelector('.note.good')").await;
    console.picture("settings").await;

    console.visit("/courses").await;
    let zip = package_of("1.2", &[("start.html", "<title>Fine</title>")]);
    let _file = console.upload("fine.zip", &zip, "Import").await;
    console.heading("Test").await;
    player.eval("[...document.querySelectorAll('a')].find(a => a.textContent === 'Settings' && a.className === 'button').click()").await;
    console.heading("How version 1 of “Test” plays").await;
    let told = player.text(".settings").await;
    assert!(
        told.contains("to the letter of the specification") && told.contains("from: organization"),
        "{told}"
    );
    // What was typed stays when it cannot be.
    player.eval(&choose("attempts_max", "own")).await;
    player.eval("document.querySelector('[name=\"attempts_max.own\"]').value = '0'").await;
    player.fill("[name=reason]", "three tries").await;
    console.press("Decide").await;
    let fault = player.text("[role=alert]").await;
    assert!(fault.contains("Attempts on a part: must be a whole number from 1 to 1000"), "{fault}");
    let typed = player.eval("document.querySelector('[name=reason]').value").await;
    assert_eq!(typed, "three tries");
    console.picture("settings-refused").await;
    player.fill("[name=\"attempts_max.own\"]", "3").await;
    console.press("Decide").await;
    player.wait_until("the decision", "document.querySelector('.note.good')").await;
    let told = player.text(".settings").await;
    assert!(told.contains("3 at most") && told.contains("from: version"), "{told}");
    player.assert_quiet_but(&["400 "]).await;
}

#[tokio::test]
async fn a_package_that_cannot_be_played_is_refused_with_a_report() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    console.visit("/courses").await;
    console.picture("courses").await;
    let _file = console.upload("holiday.zip", b"this is no zip at all", "Import").await;
    let report = player.text("[role=alert]").await;
    assert!(report.contains("holiday.zip was not imported"), "{report}");
    console.picture("refused").await;
    // The form still works after the refusal.
    let zip = package_of("1.2", &[("start.html", "<title>Fine</title>")]);
    let _file = console.upload("fine.zip", &zip, "Import").await;
    console.heading("Test").await;
    player.assert_quiet_but(&["422 "]).await;
}

#[tokio::test]
async fn keys_are_made_shown_once_and_revoked_and_users_invited() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    console.visit("/keys").await;
    player.fill("[name=label]", "the HR system").await;
    player.click("[name=scope]").await;
    console.press("Make the key pair").await;
    let secret = player.text("#secret").await;
    assert!(secret.len() >= 20, "{secret}");
    console.picture("key").await;
    console.visit("/keys").await;
    let page = player.text("main").await;
    assert!(page.contains("the HR system") && !page.contains(&secret));
    console.picture("keys").await;
    console.press("Revoke for good").await;
    player
        .wait_until(
            "the revocation",
            "document.querySelector('main').textContent.includes('revoked')",
        )
        .await;

    console.visit("/users").await;
    player.fill("[name=email]", "grace@example.com").await;
    player.fill("[name=name]", "Grace Hopper").await;
    console.press("Make the invitation").await;
    let link = player.text("#link").await;
    assert!(link.contains("/welcome/"), "{link}");
    console.picture("invited").await;
    player.assert_quiet().await;
}

#[tokio::test]
async fn a_person_is_counted_and_erased_and_the_ledger_says_how_to_verify() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    let player = &console.player;
    for (who, instructor) in [("ada", "grace"), ("grace", "ada")] {
        let statement = json!({
            "actor": {"mbox": format!("mailto:{who}@example.com"), "name": who},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": "https://courses.example/1"},
            "context": {"instructor": {"mbox": format!("mailto:{instructor}@example.com")}},
        });
        let post = console.server.post("/xapi/statements").json(&statement);
        let post = post.header("X-Experience-API-Version", "1.0.3").send().await;
        assert!(post.expect("it answers").status().is_success());
    }
    console.visit("/ledger").await;
    console.heading("entries in the ledger").await;
    console.picture("ledger").await;
    console.visit("/statements").await;
    player.click("tbody a").await;
    player.wait_until("the proof", "document.querySelector('a[href$=\"/proof\"]')").await;
    console.picture("statement-of-an-api").await;

    console.visit("/erasures").await;
    player.fill("[name=person]", "ada@example.com").await;
    player.fill("[name=reason]", "request 12 of 3 May").await;
    console.press("Count first").await;
    player.wait_until("the counts", "document.querySelector('dl.facts')").await;
    console.picture("erasure").await;
    assert!(player.text("main").await.contains("erased as a whole"));
    console.press("Erase for good").await;
    player.wait_until("the erasure", "document.querySelector('.note.good')").await;
    assert!(player.text("table").await.contains("request 12 of 3 May"));
    console.picture("erasures").await;
    player.assert_quiet().await;
}

/// Page 14 and those beside it: a roster is tried, taken, and then read on the pages that show it.
#[tokio::test]
async fn a_lead_takes_in_a_roster_writes_a_requirement_and_records_an_exception() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    console.visit("/data").await;
    console.heading("No feed has run yet").await;
    console.player.element("input[name=source]").await.send_keys("workday").await.expect("typed");
    let reason = "form[action='/data/feeds'] input[name=reason]";
    console.player.element(reason).await.send_keys("first roster").await.expect("typed");
    let file = "person_id,name,email,manager,employment_type,employment_start,role,role_start,access_scope,access_start\n\
                p-ada,Ada Lovelace,ada@people.example,p-bob,employee,2025-01-06,engineering,2025-01-06,prod,2025-01-06\n\
                p-bob,Bob Noyce,bob@people.example,,employee,2024-01-08,,,prod,2024-01-08\n\
                p-eve,Eve,eve,,,,,,,\n";
    let kept = console.upload("roster.csv", file.as_bytes(), "See what would change").await;
    let note = "document.querySelector('.note h2')?.textContent.includes('would change this')";
    console.player.wait_until("the dry run", note).await;
    console.picture("data-tried").await;
    console.press("Take it in").await;
    console.heading("changed 2 of 3 lines, one was rejected").await;
    drop(kept);
    console.picture("data").await;
    links_a_name(&console).await;
    writes_a_requirement(&console).await;
    records_an_exception(&console).await;
}

async fn links_a_name(console: &Console) {
    console.visit("/people?search=lovelace").await;
    console.heading("One person").await;
    console.picture("people").await;
    console.visit("/people/p-ada").await;
    console.heading("Ada Lovelace").await;
    let link = "form[action$='/identities'] input";
    console
        .player
        .element(&format!("{link}[name=value]"))
        .await
        .send_keys("ada")
        .await
        .expect("typed");
    console
        .player
        .element(&format!("{link}[name=reason]"))
        .await
        .send_keys("old name")
        .await
        .expect("typed");
    console.press("Link").await;
    let refused =
        "document.querySelector('.note.bad')?.textContent.includes('must be a mail address')";
    console.player.wait_until("what is wrong", refused).await;
    let value = console.player.element(&format!("{link}[name=value]")).await;
    value.send_keys("@old.example").await.expect("typed");
    console.press("Link").await;
    let saved = "document.querySelector('.note.good') !== null";
    console.player.wait_until("the link", saved).await;
    console.picture("person").await;
}

async fn writes_a_requirement(console: &Console) {
    console.visit("/requirements/new").await;
    for (name, text) in [("id", "R-SAT"), ("title", "Security awareness"), ("reason", "policy 3")] {
        let input = console.player.element(&format!("main input[name={name}]")).await;
        input.send_keys(text).await.expect("typed");
    }
    console
        .player
        .eval("document.querySelector('input[name=effective_from]').value = '2025-01-01'")
        .await;
    console.player.click("input[name=course]").await;
    console.press("Say what would change").await;
    console.player.wait_until("the dry run", "document.querySelector('.note h2') !== null").await;
    console.picture("requirement-tried").await;
    console.press("Keep").await;
    console.heading("Everyone with access passes").await;
    console.picture("requirement").await;
    console.visit("/requirements").await;
    console.picture("requirements").await;
}

async fn records_an_exception(console: &Console) {
    console.visit("/exceptions").await;
    for (name, text) in [
        ("id", "EX-1"),
        ("person", "p-ada"),
        ("reason", "leave approved by HR"),
        ("approved_by", "p-bob"),
    ] {
        let input = console.player.element(&format!("form.stack input[name={name}]")).await;
        input.send_keys(text).await.expect("typed");
    }
    let days = "for (const [name, day] of [['from', '2025-03-01'], ['extended_due', '2025-05-31']]) \
                document.querySelector(`form.stack input[name=${name}]`).value = day; true";
    console
        .player
        .eval(&format!("(() => {{ {} }})()", days.replace("; true", "; return true;")))
        .await;
    console.press("Record").await;
    console.heading("One exception").await;
    console.picture("exceptions").await;
    console.visit("/data?search=EX-1#trail").await;
    console.heading("The last feed").await;
}

/// Three people and one requirement: Ada was late, Bob did nothing, Carol did it on her first day.
async fn an_audited_world(server: &Server) {
    let said = [
        (
            "foreign-courses/awareness",
            json!({"title": "Security awareness", "versions": [{"version": "3", "activity": "https://lms.example/awareness/3"}]}),
        ),
        (
            "requirements/R-1",
            json!({
                "title": "Security awareness every year", "courses": ["awareness"],
                "effective_from": "2020-01-01", "due_within": "P30D", "recurrence": "P1Y",
            }),
        ),
    ];
    for (path, value) in said {
        let wish = json!({"value": value, "reason": "ticket 12"});
        let put = server.request(harness::reqwest::Method::PUT, &format!("/api/v1/{path}"));
        let answer = put.json(&wish).send().await.expect("it answers");
        assert!(answer.status().is_success(), "{path}: {:?}", answer.text().await);
    }
    let trail = server.get("/api/v1/audit/trail?limit=1").send().await.expect("it answers");
    let trail: Value = trail.json().await.expect("the answer is JSON");
    let now = trail["items"][0]["recorded_at"].as_str().expect("there is an event");
    let today = now.get(..10).expect("a time begins with its day");
    let roster = format!(
        "person_id,name,email,access_scope,access_start,access_end\n\
         p-ada,Ada Lovelace,ada@people.example,prod,2025-01-06,\n\
         p-bob,Bob Builder,bob@people.example,prod,2024-01-08,\n\
         p-carol,Carol Shaw,carol@people.example,prod,{today},\n"
    );
    let feed = server.post("/api/v1/feeds/roster?source=hr&reason=nightly&mode=partial");
    let feed = feed.header("Content-Type", "text/csv").body(roster).send().await;
    assert!(feed.expect("it answers").status().is_success());
    for who in ["ada", "carol"] {
        let statement = json!({
            "actor": {"mbox": format!("mailto:{who}@people.example")},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
            "object": {"id": "https://lms.example/awareness/3"},
            "result": {"score": {"scaled": 0.9}},
        });
        let post = server.post("/xapi/statements").json(&statement);
        let post = post.header("X-Experience-API-Version", "1.0.3").send().await;
        assert!(post.expect("it answers").status().is_success());
    }
    // Whose statements are evidence has to be said.
    let sent = server.get("/xapi/statements?limit=1").header("X-Experience-API-Version", "1.0.3");
    let sent: Value = sent.send().await.expect("it answers").json().await.expect("it is JSON");
    let authority = &sent["statements"][0]["authority"];
    let trust = json!({"authority": authority, "trusted": true, "reason": "our own client"});
    let post = server.post("/api/v1/trusted-authorities").json(&trust).send().await;
    assert!(post.expect("it answers").status().is_success());
}

#[tokio::test]
async fn an_auditor_reads_the_answer_opens_its_rows_and_sees_why_each_stands() {
    if no_browser() {
        return;
    }
    let console = Console::open().await;
    an_audited_world(&console.server).await;
    let player = &console.player;
    console.visit("/audit").await;
    console.heading("2 of 3 people had access without valid training").await;
    let figures = player.eval("[...document.querySelectorAll('.figures-row strong')].slice(0, 4).map(e => e.textContent)").await;
    assert_eq!(figures, json!(["3", "1", "1", "1"]), "in scope, on time, late, open");
    assert!(player.text("main").await.contains("3 rows changed in the last day"));
    console.picture("audit").await;

    player.click(".figures-row li:nth-child(4) a").await;
    console.heading("One gap is open among 3 people").await;
    assert!(player.text("main").await.contains("never completed"));
    console.picture("audit-gaps").await;

    console.visit("/audit/register?sort=-due").await;
    console.heading("3 obligations").await;
    player.click("tbody tr:last-child summary").await;
    let why = player.text("tbody tr:last-child .why ul").await;
    assert!(why.contains("In scope since 2024-01-08"), "{why}");
    assert!(why.contains("Not completed by"), "{why}");
    console.picture("audit-register").await;
    player.click("tbody tr:first-child summary").await;
    player.click("tbody tr:first-child a[href*='/statements/']").await;
    console.heading("passed").await;

    console.visit("/audit/register?status=completed_late&anonymous=yes").await;
    console.heading("One obligation").await;
    let shown = player.text("tbody").await;
    assert!(shown.contains("p-ada") && !shown.contains("Ada Lovelace"), "{shown}");
    let same = player.eval("fetch([...document.querySelectorAll('.menu a')][0].href).then(answer => \
        answer.text().then(text => [text.includes('p-ada'), text.includes('Ada'), text.includes('p-bob'), \
        document.querySelector('.made .mono').textContent === answer.headers.get('attestry-sha256')]))");
    assert_eq!(same.await, json!([true, false, false, true]), "the file is what the page says");

    console.visit("/audit/register?uncovered=yes").await;
    console.heading("2 of 3 people had access without valid training").await;
    console.visit("/audit/register?person=p-bob&from=2024-01-01&to=2024-12-31").await;
    console.picture("audit-register-of-one").await;
    player.assert_quiet().await;
}
