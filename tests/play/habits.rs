//! What content does that its authors never saw in their own LMS: windows of its own, late searches,
//! ends that do not come, words after the end, dialogs, attempts to lead the window away.

use crate::sequenced::sequenced;
use crate::{PROGRAM, calls_of_content, play, probe_with};
use harness::fantoccini::wd::WindowHandle;
use harness::serde_json::{Value, json};
use harness::{Backend, Browser, Choice};
use std::time::Duration;
use support::{Player, Service, no_browser, package_of, serve};

/// The window that is not this one, once it is open.
async fn other_than(player: &Player, first: &WindowHandle) -> WindowHandle {
    let windows = player.wait_for_windows(2).await;
    windows.into_iter().find(|window| window != first).expect("another window opened")
}

async fn go_to(player: &Player, window: &WindowHandle) {
    player.switch_to_window(window.clone()).await.expect("the window is there");
}

#[tokio::test]
async fn content_that_looks_for_the_api_late_deep_and_in_its_opener_finds_it() {
    if no_browser() {
        return;
    }
    let frames = |next: &str| {
        format!(
            "<!doctype html><title>Frames</title><frameset rows='20,*' data-state=ready>\
             <frame src='about:blank'><frame id=next src='{next}'></frameset>"
        )
    };
    // The search as ADL wrote it down, five seconds after the page was loaded.
    let late = "<!doctype html><title>Late</title><link rel=icon href='data:,'><body data-state=loading>\
        <button onclick=\"window.open('late.html', 'course', 'width=400,height=300')\">Open</button><script>\
        const find = win => { let tries = 0; \
            while (win.API_1484_11 == null && win.parent != null && win.parent != win) { \
                if (++tries > 500) return null; win = win.parent; } return win.API_1484_11; };\
        setTimeout(() => { window.api = find(window) ?? (window.opener ? find(window.opener) : null); \
            document.body.dataset.state = window.api ? 'found' : 'missing'; }, 5000)</script>";
    let pages =
        [frames("two.html"), frames("three.html"), frames("four.html"), frames("late.html")];
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service
        .import(package_of(
            "2004",
            &[
                ("start.html", &pages[0]),
                ("two.html", &pages[1]),
                ("three.html", &pages[2]),
                ("four.html", &pages[3]),
                ("late.html", late),
            ],
        ))
        .await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    for _ in 0..4 {
        player.enter("#next").await;
    }
    let found = "document.body?.dataset.state === 'found'";
    player.wait_until("the API", found).await;
    assert_eq!(player.eval("api.Initialize('')").await, "true");
    let first = player.window().await.expect("a window is there");
    player.click("button").await;
    let popup = other_than(&player, &first).await;
    go_to(&player, &popup).await;
    player.wait_until("the API from a window of its own", found).await;
    let calls = "[api.SetValue('cmi.completion_status', 'completed'), api.Terminate('')].join()";
    assert_eq!(player.eval(calls).await, "true,true");
    player.close_tab(first).await;
    player.saved().await;
    assert_eq!(service.registration(&launch.registration).await["completion"], true);
}

#[tokio::test]
async fn a_popup_that_the_browser_blocks_opens_when_the_learner_clicks_in_the_course() {
    if no_browser() {
        return;
    }
    let page = "<!doctype html><title>Launcher</title><link rel=icon href='data:,'><body data-state=ready>\
        <p id=hint hidden>Your browser has blocked the course. <button>Open it</button></p><script>\
        const begin = () => { const course = window.open('shared/probe.html', 'course', 'width=600,height=400'); \
            document.querySelector('#hint').hidden = course !== null; };\
        document.querySelector('button').onclick = begin; addEventListener('load', begin)</script>";
    let (service, _, launch) = play("1.2", page).await;
    let player = Player { browser: Browser::open_set_to(&[Choice::NoPopups]).await };
    player.visit(&launch).await;
    player.wait_until("that it was blocked", "!document.querySelector('#hint').hidden").await;
    let first = player.window().await.expect("a window is there");
    player.click("button").await;
    let popup = other_than(&player, &first).await;
    go_to(&player, &popup).await;
    player.wait_until("the probe", "document.body?.dataset.state === 'ready'").await;
    player.probe_well(json!([["initialize", ""]])).await;
    // It ends when its window is closed, as such courses do.
    let end = json!([["set", "cmi.core.lesson_status", "completed"], ["terminate", ""]]);
    player.eval(&format!("(probe.runOn('pagehide', {end}), true)")).await;
    player.close_tab(first).await;
    let word = player.word().await;
    assert!(word.contains("You have finished") && word.contains("completed"), "{word}");
    player.saved().await;
    assert_eq!(service.registration(&launch.registration).await["completion"], true);
}

#[tokio::test]
async fn a_window_of_content_that_outlives_the_player_is_told_that_nothing_is_saved() {
    if no_browser() {
        return;
    }
    let page = probe_with("<button onclick=\"window.open('shared/probe.html')\">Open</button>");
    let (service, _, launch) = play("1.2", &page).await;
    let player = Player::open(&launch).await;
    let first = player.window().await.expect("a window is there");
    player.click("button").await;
    let popup = other_than(&player, &first).await;
    go_to(&player, &popup).await;
    player.wait_until("the probe", "document.body?.dataset.state === 'ready'").await;
    let kept = json!([["initialize", ""], ["set", "cmi.core.lesson_location", "kept"]]);
    player.probe_well(kept).await;
    go_to(&player, &first).await;
    player.close_tab(popup).await;
    let calls = json!([["set", "cmi.core.lesson_location", "lost"], ["commit", ""]]);
    for (result, error) in player.probe(calls).await {
        assert_eq!((result.as_str(), error.as_str()), ("false", "301"), "it must not say true");
    }
    let mut texts = String::new();
    for _ in 0..100 {
        let calls = calls_of_content(&service, &launch.registration).await;
        texts = calls.iter().map(|call| call["arguments"].to_string()).collect();
        if texts.contains("kept") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(texts.contains("kept") && !texts.contains("lost"), "{texts}");
}

#[tokio::test]
async fn a_window_of_content_that_outlives_its_part_writes_to_no_other() {
    if no_browser() {
        return;
    }
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let course = service.import(sequenced(&[("a", "Part A", ""), ("b", "Part B", "")])).await;
    let launch = service.launch(&course).await;
    let player = Player { browser: Browser::open().await };
    player.goto(&launch.url).await.expect("the player loads");
    player.part("a").await;
    let first = player.window().await.expect("a window is there");
    player.eval("(window.open('shared/probe.html'), true)").await;
    let popup = other_than(&player, &first).await;
    go_to(&player, &popup).await;
    player.wait_until("the probe", "document.body?.dataset.state === 'ready'").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "of a"]])).await;
    go_to(&player, &first).await;
    player.player().await;
    player.click("#next").await;
    player.part("b").await;
    player.probe_well(json!([["initialize", ""], ["set", "cmi.location", "of b"]])).await;
    go_to(&player, &popup).await;
    let calls = json!([["set", "cmi.location", "late"], ["commit", ""], ["terminate", ""]]);
    let errors: Vec<String> =
        player.probe(calls).await.into_iter().map(|(_, error)| error).collect();
    assert_eq!(errors, ["133", "143", "113"]);
    player.close_tab(first).await;
    player.part("b").await;
    player.probe_well(json!([["commit", ""]])).await;
    player.saved().await;
    player.click("#previous").await;
    player.part("a").await;
    let calls = json!([["initialize", ""], ["get", "cmi.location"]]);
    assert_eq!(player.probe(calls).await[1].0, "of a");
}

#[tokio::test]
async fn content_that_calls_after_its_end_gets_errors_and_changes_nothing() {
    if no_browser() {
        return;
    }
    for (version, element, codes) in [
        ("1.2", "cmi.core.lesson_location", ["101", "301", "301", "301", "301"]),
        ("2004", "cmi.location", ["104", "123", "133", "143", "113"]),
    ] {
        let (service, _, launch) = play(version, &probe_with("")).await;
        let player = Player::open(&launch).await;
        let whole = json!([["initialize", ""], ["set", element, "the end"], ["terminate", ""]]);
        player.probe_well(whole).await;
        player.word().await;
        player.course().await;
        let late = json!([
            ["initialize", ""],
            ["get", element],
            ["set", element, "after the end"],
            ["commit", ""],
            ["terminate", ""]
        ]);
        let answers = player.probe(late).await;
        let errors: Vec<&str> = answers.iter().map(|(_, error)| error.as_str()).collect();
        assert_eq!(errors, codes, "{version}");
        player.saved().await;
        // The API log keeps what was said and what it was answered.
        player.leave().await;
        let calls = calls_of_content(&service, &launch.registration).await;
        let late: Vec<&Value> = calls
            .iter()
            .filter(|call| call["arguments"] == json!([element, "after the end"]))
            .collect();
        assert_eq!(late.len(), 1, "{calls:#?}");
        assert_eq!(late[0]["error"].to_string(), codes[2]);
    }
}

#[tokio::test]
async fn content_that_never_ends_is_ended_by_exit_and_keeps_what_it_set() {
    if no_browser() {
        return;
    }
    let (service, course, launch) = play("2004", &probe_with("")).await;
    let player = Player::open(&launch).await;
    let calls = json!([
        ["initialize", ""],
        ["set", "cmi.location", "never committed"],
        ["set", "cmi.score.scaled", "0.5"]
    ]);
    player.probe_well(calls).await;
    let word = player.leave().await;
    assert!(word.contains("You have left the course") && word.contains("is saved"), "{word}");
    player.visit(&service.launch(&course).await).await;
    let calls = json!([["initialize", ""], ["get", "cmi.entry"], ["get", "cmi.location"]]);
    let answers = player.probe(calls).await;
    assert_eq!((answers[1].0.as_str(), answers[2].0.as_str()), ("resume", "never committed"));
    let story = service.story(&course, &launch.registration).await;
    assert!(story.iter().any(|line| line == "suspended item"), "{story:#?}");
}

#[tokio::test]
async fn content_that_sets_document_domain_keeps_its_api() {
    if no_browser() {
        return;
    }
    let page = probe_with(
        "<script>try { document.domain = document.domain; } catch (error) { window.no = error.name; }</script>",
    );
    for version in ["1.2", "2004"] {
        let (_service, _, launch) = play(version, &page).await;
        let player = Player::open(&launch).await;
        player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
        player.saved().await;
    }
}

/// Pages that believe to be alone in the window.
fn leads_away(elsewhere: &str) -> String {
    probe_with(&format!(
        "<button id=script onclick=\"top.location.href = 'second.html'\">Go on</button>\
         <a id=link target=_top href=second.html>Go on</a>\
         <button id=parent onclick=\"parent.location.replace('second.html')\">Go on</button>\
         <button id=away onclick=\"top.location = '{elsewhere}/'\">Leave</button>\
         <button id=close onclick=\"top.close()\">Close</button>\
         <script>if (top !== self && location.hash === '#bust') top.location = self.location</script>"
    ))
}

#[tokio::test]
async fn content_that_leads_the_window_to_a_page_of_its_own_gets_it_in_the_frame() {
    if no_browser() {
        return;
    }
    let first = leads_away("");
    let second = "<!doctype html><title>Second</title><link rel=icon href='data:,'>\
        <body data-state=ready data-course=second>";
    let service = Service::start(PROGRAM, Backend::Sqlite).await;
    let pages = [("start.html", first.as_str()), ("second.html", second)];
    let course = service.import(package_of("1.2", &pages)).await;
    let launch = service.launch(&course).await;
    let player = Player::open(&launch).await;
    player.probe_well(json!([["initialize", ""]])).await;
    for css in ["#script", "#link", "#parent"] {
        player.click(css).await;
        player.part("second").await;
        let says = "(parent.API.LMSSetValue('cmi.core.lesson_location', 'second'), parent.API.LMSGetLastError())";
        assert_eq!(player.eval(says).await, "0", "{css}");
        player.eval("(location.replace('start.html'), true)").await;
        player.wait_until("the first page", "document.querySelector('#script') !== null").await;
    }
    // The player's own address is a reload.
    player.eval("(parent.location.href = parent.location.href, true)").await;
    player.wait_until("the page to go", "window.probe === undefined").await;
    player.course().await;
    let calls = json!([["initialize", ""], ["get", "cmi.core.lesson_location"]]);
    assert_eq!(player.probe(calls).await[1].0, "second");
    // A page that refuses to stand in a frame: nothing happens, and not for ever.
    player.eval("(location.hash = '#bust', location.reload(), true)").await;
    player.wait_until("the page", "document.body?.dataset.state === 'ready'").await;
    player.player().await;
    assert_eq!(player.eval("document.querySelector('#exit').hidden").await, false);
}

#[tokio::test]
async fn content_that_leads_the_window_elsewhere_is_followed_when_its_work_is_saved() {
    if no_browser() {
        return;
    }
    let page = b"<title>Elsewhere</title><link rel=icon href='data:,'>".to_vec();
    let elsewhere = serve("localhost", vec![(String::new(), page)]);
    let (mut service, course, launch) = play("1.2", &leads_away(&elsewhere)).await;
    let player = Player::open(&launch).await;
    let set = |value: &'static str| {
        let player = &player;
        async move {
            let calls = json!([["set", "cmi.core.lesson_location", value]]);
            player.probe_well(calls).await;
        }
    };
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    set("one").await;
    player.click("#away").await;
    player.leave_frames().await;
    player.wait_until("the other page", "document.title === 'Elsewhere'").await;
    let story = service.story(&course, &launch.registration).await;
    assert_eq!(story, ["initialized item", "suspended item"]);
    let applied = |calls: &[Value], value: &str| {
        let wanted = json!(["cmi.core.lesson_location", value]);
        calls.iter().any(|call| call["applied"] == true && call["arguments"] == wanted)
    };
    assert!(applied(&calls_of_content(&service, &launch.registration).await, "one"));

    // Without a network the player stays, and says what it waits for.
    player.visit(&service.launch(&course).await).await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    service.kill();
    player.course().await;
    set("two").await;
    player.click("#away").await;
    player.player().await;
    let waiting = "!document.querySelector('#panel').hidden && \
        document.querySelector('#panel-title').textContent === 'Not saved yet'";
    player.wait_until("that it waits", waiting).await;
    service.start_again().await;
    player.wait_until("the other page", "document.title === 'Elsewhere'").await;
    assert!(applied(&calls_of_content(&service, &launch.registration).await, "two"));

    // Closing the window it believes to have is leaving the course.
    player.visit(&service.launch(&course).await).await;
    player.probe_well(json!([["initialize", ""]])).await;
    set("three").await;
    player.click("#close").await;
    let word = player.word().await;
    assert!(word.contains("You have left the course"), "{word}");
    assert!(applied(&calls_of_content(&service, &launch.registration).await, "three"));
}

#[tokio::test]
async fn content_that_empties_the_storage_it_shares_does_not_take_the_journal_with_it() {
    if no_browser() {
        return;
    }
    let (mut service, course, launch) = play("1.2", &probe_with("")).await;
    let player = Player::open(&launch).await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    let (first, other) = player.new_tab().await;
    go_to(&player, &first).await;
    service.kill();
    player.course().await;
    player.probe_well(json!([["set", "cmi.suspend_data", "kept all the same"]])).await;
    player.eval("(localStorage.clear(), true)").await;
    player.state("unsaved").await;
    // Killed without a word, as a system does that needs the memory.
    let _ = player.goto("chrome://crash").await;
    player.close_tab(other).await;
    service.start_again().await;
    player.visit(&service.launch(&course).await).await;
    let calls = json!([["initialize", ""], ["get", "cmi.suspend_data"]]);
    assert_eq!(player.probe(calls).await[1].0, "kept all the same");
}

#[tokio::test]
async fn content_that_fills_the_storage_is_saved_and_the_learner_is_told_while_it_is_not() {
    if no_browser() {
        return;
    }
    let (mut service, _, launch) = play("1.2", &probe_with("")).await;
    let player = Player::open(&launch).await;
    player.probe_well(json!([["initialize", ""], ["commit", ""]])).await;
    player.saved().await;
    player.course().await;
    let fill = "(() => { for (let size = 4 << 20, at = 0; size >= 1; at += 1) { \
        try { localStorage.setItem(`fill ${at}`, 'x'.repeat(size)); } catch { size = Math.floor(size / 2); } } \
        return true; })()";
    player.eval(fill).await;
    service.kill();
    player
        .probe_well(json!([["set", "cmi.core.lesson_location", "no room"], ["commit", ""]]))
        .await;
    player.state("unsaved").await;
    let notice = player.text("#notice p").await;
    assert!(notice.contains("Keep this page open"), "{notice}");
    service.start_again().await;
    player.saved().await;
    let calls = calls_of_content(&service, &launch.registration).await;
    let wanted = json!(["cmi.core.lesson_location", "no room"]);
    assert!(calls.iter().any(|call| call["arguments"] == wanted), "{calls:#?}");
}

#[tokio::test]
async fn content_that_begins_again_after_its_end_can_be_opened_again() {
    if no_browser() {
        return;
    }
    for (version, exit, location, entry) in [
        ("1.2", "cmi.core.exit", "cmi.core.lesson_location", "cmi.core.entry"),
        ("2004", "cmi.exit", "cmi.location", "cmi.entry"),
    ] {
        // It begins when its page comes and ends when it goes, and its page is loaded again.
        let end = json!([["set", exit, "suspend"], ["terminate", ""]]);
        let script = format!("probe.initialize(); probe.runOn('pagehide', {end})");
        let page = format!("{}<script>{script}</script>", probe_with(""));
        let (service, _, launch) = play(version, &page).await;
        let player = Player::open(&launch).await;
        player.probe_well(json!([["set", location, "page 2"], ["commit", ""]])).await;
        player.eval("(location.reload(), true)").await;
        let word = player.word().await;
        assert!(word.contains("Open it again"), "{word}");
        assert!(!word.contains("Back to the course page"), "{word}");
        player.screenshot("player-open-again").await;
        player.click("#panel-actions button:last-child").await;
        player.wait_until("the panel to go", "document.querySelector('#panel').hidden").await;
        player.course().await;
        assert_eq!(player.eval("probe.log[0].result").await, "true");
        let answers = player.probe(json!([["get", entry], ["get", location]])).await;
        assert_eq!((answers[0].0.as_str(), answers[1].0.as_str()), ("resume", "page 2"));
        player.saved().await;
        assert_eq!(service.registration(&launch.registration).await["status"], "incomplete");
    }
}

#[tokio::test]
async fn a_window_that_an_lms_opened_closes_at_the_end_and_its_course_has_no_hold_of_the_lms() {
    if no_browser() {
        return;
    }
    let (service, _, launch) = play("1.2", &probe_with("")).await;
    let page = format!(
        "<!doctype html><title>LMS</title><link rel=icon href='data:,'>\
         <button onclick=\"window.open('{}', 'course')\">Start</button>",
        launch.url
    );
    let lms = serve("localhost", vec![(String::new(), page.into_bytes())]);
    let player = Player { browser: Browser::open().await };
    player.goto(&lms).await.expect("the page loads");
    let first = player.window().await.expect("a window is there");
    player.click("button").await;
    let course = other_than(&player, &first).await;
    go_to(&player, &course).await;
    player.course().await;
    let hold = "[parent.opener, top.opener, window.opener].every(opener => opener === null)";
    assert_eq!(player.eval(hold).await, true);
    let whole = json!([
        ["initialize", ""],
        ["set", "cmi.core.lesson_status", "completed"],
        ["terminate", ""]
    ]);
    player.probe_well(whole).await;
    let word = player.word().await;
    assert!(word.contains("Close window"), "{word}");
    player.click("#panel button.primary").await;
    for _ in 0..200 {
        if player.windows().await.expect("windows are known").len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(player.windows().await.expect("windows are known"), [first]);
    assert_eq!(service.registration(&launch.registration).await["completion"], true);
}
