//! Who may do what: scopes, roles, organizations, users and keys.

use crate::{
    packages::{sco, scorm12},
    world::{World, asked},
};
use app::{
    App, AppError, CREDENTIAL_KNOWN_FOR, Caller, Freshness, Invitation, LaunchError, Origin,
    RegistrationQuery, SignInError,
};
use domain::{CourseVersion, Role, Scope, UserId};
use xapi::Version;

const PASSWORD: &str = "correct horse battery";

impl World {
    async fn invite(&self, email: &str, role: Role) -> Invitation {
        self.app.invite_user(&self.operator, email, "", role).await.unwrap()
    }

    /// A user who has set the password, as a caller.
    pub(crate) async fn user(&self, email: &str, role: Role) -> Caller {
        let invitation = self.invite(email, role).await;
        let set = self.app.set_password(invitation.token.expose(), PASSWORD).await.unwrap();
        self.app.begin_session(set.unwrap()).await.unwrap().caller()
    }
}

fn id_of(caller: &Caller) -> UserId {
    match caller.origin {
        Origin::User { id, .. } => id,
        _ => panic!("no user"),
    }
}

fn is_forbidden<T>(result: &Result<T, AppError>) -> bool {
    matches!(result, Err(AppError::ScopeMissing(_) | AppError::RoleForbids(_)))
}

#[tokio::test]
async fn an_organization_sees_nothing_of_another() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let mut player = world.play(course).await;
    player.open("one").await;
    player.does(&["init", "set cmi.suspend_data x", "end"]).await;
    let user = id_of(&world.user("eve@example.com", Role::Admin).await);
    let key = world.issue(&[Scope::All]).await;
    let statement = world.find(&[]).await.statements[0].id;
    let other = world.app.create_organization("other", "https://other.example").await.unwrap();
    let foreign = Caller::operator(other.id);
    let (app, registration) = (&world.app, player.registration);

    let no = |result: Result<(), AppError>| {
        assert!(matches!(result, Err(AppError::NotFound(_))), "{result:?}");
    };
    assert!(app.courses(&foreign, None, 10).await.unwrap().items.is_empty());
    no(app.course(&foreign, course).await.map(drop));
    no(app.version(&foreign, course, CourseVersion::FIRST).await.map(drop));
    no(app.package(&foreign, course, CourseVersion::FIRST).await.map(drop));
    no(app.registration(&foreign, registration).await.map(drop));
    no(app.revoke_credential(&foreign, &key.id).await);
    no(app.reset_password(&foreign, user).await.map(drop));
    no(app.change_role(&foreign, user, Role::Learner).await);
    no(app.disable_user(&foreign, user).await);
    let launched = app.create_launch(&foreign, &asked(course)).await;
    assert!(matches!(launched, Err(LaunchError::App(AppError::NotFound(_)))), "{launched:?}");
    let list = app.registrations(&foreign, &RegistrationQuery::default(), 10).await.unwrap();
    assert!(list.items.is_empty());
    no(app.api_log(&foreign, registration, None, None, 10).await.map(drop));
    assert_eq!(app.statement(&foreign, statement).await.unwrap(), None);
    let found = app.find_statements(&foreign, &[], Version::V1_0, Freshness::Fresh).await.unwrap();
    let app::StatementsFound::Page(page) = found else { panic!("no id was asked for") };
    assert!(page.statements.is_empty());
    assert!(app.users(&foreign).await.unwrap().is_empty());
    assert!(app.credentials(&foreign).await.unwrap().is_empty());
    let agent = r#"{"account":{"homePage":"https://people.example","name":"ada"}}"#;
    let parameters = [("agent", agent), ("profileId", "https://w3id.org/xapi/scorm/agent-profile")];
    let profile = xapi::DocumentQuery::parse(
        xapi::DocumentResource::AgentProfile,
        xapi::DocumentMethod::Get,
        parameters,
        Version::V1_0,
    );
    let profile = profile.unwrap();
    assert!(app.document(&world.operator, &profile).await.unwrap().is_some());
    assert_eq!(app.document(&foreign, &profile).await.unwrap(), None);
}

#[tokio::test]
async fn each_use_case_asks_for_its_scope() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let none = world.client(&[Scope::Define]).await;
    let reader = world.client(&[Scope::AllRead]).await;
    let (app, everything) = (&world.app, RegistrationQuery::default());
    assert!(is_forbidden(&app.courses(&none, None, 1).await));
    assert!(is_forbidden(&app.course(&none, course).await));
    assert!(is_forbidden(&app.registrations(&none, &everything, 1).await));
    assert!(app.course(&reader, course).await.is_ok());
    assert!(app.registrations(&reader, &everything, 1).await.is_ok());
    for caller in [&none, &reader] {
        assert!(is_forbidden(&app.spool(caller).await.map(drop)));
        assert!(is_forbidden(&app.users(caller).await));
        assert!(is_forbidden(&app.credentials(caller).await));
        let launched = app.create_launch(caller, &asked(course)).await;
        assert!(matches!(launched, Err(LaunchError::App(AppError::ScopeMissing(_)))));
    }
}

#[tokio::test]
async fn each_use_case_asks_for_a_role() {
    let world = World::new().await;
    let course = world.course(&scorm12(&[sco("one")])).await;
    let (app, everything) = (&world.app, RegistrationQuery::default());
    for (role, catalogue, upload, launch, record) in [
        (Role::Admin, true, true, true, true),
        (Role::Author, true, true, true, true),
        (Role::ComplianceLead, true, false, true, true),
        (Role::Auditor, true, false, false, true),
        (Role::Manager, false, false, false, false),
        (Role::Learner, false, false, false, false),
    ] {
        let user = world.user(&format!("{role}@example.com"), role).await;
        assert_eq!(app.course(&user, course).await.is_ok(), catalogue, "{role}");
        assert_eq!(app.spool(&user).await.is_ok(), upload, "{role}");
        assert_eq!(app.create_launch(&user, &asked(course)).await.is_ok(), launch, "{role}");
        assert_eq!(app.registrations(&user, &everything, 1).await.is_ok(), record, "{role}");
        assert_eq!(app.users(&user).await.is_ok(), role == Role::Admin, "{role}");
    }
}

#[tokio::test]
async fn an_invitation_is_used_once_and_in_time() {
    let world = World::new().await;
    let app = &world.app;
    let invitation = world.invite(" Ada@Example.com ", Role::Author).await;
    let token = invitation.token.expose();
    assert_eq!(invitation.user.email, "ada@example.com");
    let refused = app.sign_in("ada@example.com", PASSWORD).await;
    assert!(matches!(refused, Err(SignInError::Refused)), "no password was set yet");
    let short = app.set_password(token, "short").await;
    assert!(matches!(short, Err(AppError::Invalid { .. })), "and the link is not used up");
    assert!(app.invited_user(token).await.unwrap().is_some());
    assert!(app.set_password(token, PASSWORD).await.unwrap().is_some());
    assert!(app.set_password(token, PASSWORD).await.unwrap().is_none());
    assert!(app.invited_user(token).await.unwrap().is_none());
    assert!(app.sign_in("ADA@example.com", PASSWORD).await.is_ok());
    let wrong = app.sign_in("ada@example.com", "correct horse batter").await;
    assert!(matches!(wrong, Err(SignInError::Refused)));

    let late = world.invite("bob@example.com", Role::Author).await;
    world.clock.advance(late.expires_at.since(domain::Clock::now(&*world.clock)));
    assert!(app.set_password(late.token.expose(), PASSWORD).await.unwrap().is_none());
    let again = app.invite_user(&world.operator, "ada@example.com", "", Role::Learner).await;
    assert!(matches!(again, Err(AppError::Taken(_))), "{again:?}");
    for email in ["", "ada", "a@", "@b", "a b@c", "a@b@c"] {
        let refused = app.invite_user(&world.operator, email, "", Role::Learner).await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{email}: {refused:?}");
    }
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_that_the_old_one_began() {
    let world = World::new().await;
    let app = &world.app;
    world.user("ada@example.com", Role::Author).await;
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.unwrap();
    let reset = app.reset_password(&world.operator, signed_in.user.id).await.unwrap();
    let other = "another long password";
    assert!(app.set_password(reset.token.expose(), other).await.unwrap().is_some());
    assert!(app.signed_in(signed_in.token.expose()).await.unwrap().is_none());
    assert!(app.sign_in("ada@example.com", PASSWORD).await.is_err());
    assert!(app.sign_in("ada@example.com", other).await.is_ok());
}

#[tokio::test]
async fn a_disabled_user_is_locked_out_at_once() {
    let world = World::new().await;
    let app = &world.app;
    world.user("ada@example.com", Role::Author).await;
    let signed_in = app.sign_in("ada@example.com", PASSWORD).await.unwrap();
    let link = app.sign_in_link(signed_in.user.clone()).await.unwrap();
    let id = signed_in.user.id;
    app.disable_user(&world.operator, id).await.unwrap();
    assert!(app.signed_in(signed_in.token.expose()).await.unwrap().is_none());
    assert!(app.sign_in("ada@example.com", PASSWORD).await.is_err());
    assert!(app.sign_in_by_link(link.token.expose()).await.is_err());
    let reset = app.reset_password(&world.operator, id).await.unwrap();
    assert!(app.set_password(reset.token.expose(), PASSWORD).await.unwrap().is_none());
    app.enable_user(&world.operator, id).await.unwrap();
    assert!(app.sign_in("ada@example.com", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_revoked_key_ends_at_once_here_and_within_its_time_elsewhere() {
    let world = World::new().await;
    let key = world.issue(&[Scope::State]).await;
    let (here, elsewhere) = (&*world.app, world.another_node());
    let (id, secret) = (key.id.as_str(), key.secret.expose());
    let caller = here.authenticate(id, secret).await.unwrap().unwrap();
    let token = here.issue_token_for_key(&caller, None, None).unwrap();
    let token = token.token.expose();
    let knows = async |node: &App| {
        let pair = node.authenticate(id, secret).await.unwrap().is_some();
        let by_token = node.authenticate_token(token).await.unwrap().is_some();
        assert_eq!(pair, by_token, "a token holds as long as its key");
        pair
    };
    assert!(knows(here).await && knows(&elsewhere).await);
    assert!(elsewhere.authenticate(id, "wrong").await.unwrap().is_none(), "known or not");
    here.revoke_credential(&world.operator, &key.id).await.unwrap();
    assert!(!knows(here).await);
    assert!(knows(&elsewhere).await, "it has looked at it a moment ago");
    world.clock.advance(CREDENTIAL_KNOWN_FOR);
    assert!(!knows(&elsewhere).await);
}

#[tokio::test]
async fn nobody_changes_their_own_role_or_access() {
    let world = World::new().await;
    let admin = world.user("admin@example.com", Role::Admin).await;
    let other = world.user("other@example.com", Role::Admin).await;
    let own = id_of(&admin);
    let refused = world.app.change_role(&admin, own, Role::Learner).await;
    assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
    let refused = world.app.disable_user(&admin, own).await;
    assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
    world.app.change_role(&admin, id_of(&other), Role::Learner).await.unwrap();
    let users = world.app.users(&admin).await.unwrap();
    let roles: Vec<Role> = users.iter().map(|user| user.role).collect();
    assert_eq!(roles, [Role::Admin, Role::Learner]);
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_sessions_end_when_unused() {
    let world = World::new().await;
    let app = &world.app;
    let user = world.invite("ada@example.com", Role::Author).await.user;
    let link = app.sign_in_link(user).await.unwrap();
    let signed_in = app.sign_in_by_link(link.token.expose()).await.unwrap();
    let again = app.sign_in_by_link(link.token.expose()).await;
    assert!(matches!(again, Err(SignInError::LinkUsed)), "{again:?}");
    let cookie = signed_in.token.expose();
    for _ in 0..3 {
        world.wait(11 * 3_600);
        assert!(app.signed_in(cookie).await.unwrap().is_some(), "it is being used");
    }
    world.wait(12 * 3_600);
    assert!(app.signed_in(cookie).await.unwrap().is_none());
    let other = app.sign_in_link(signed_in.user).await.unwrap();
    let other = app.sign_in_by_link(other.token.expose()).await.unwrap();
    app.sign_out(other.token.expose()).await.unwrap();
    assert!(app.signed_in(other.token.expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_key_opens_with_its_secret_until_it_is_revoked() {
    let world = World::new().await;
    let app = &world.app;
    let key = world.issue(&[Scope::State]).await;
    let (id, secret) = (key.id.as_str(), key.secret.expose());
    let caller = app.authenticate(id, secret).await.unwrap().unwrap();
    assert_eq!(caller.organization, world.organization());
    assert!(app.authenticate(id, "wrong").await.unwrap().is_none());
    assert!(app.authenticate("ak_unknown", secret).await.unwrap().is_none());
    assert!(app.authenticate("", "").await.unwrap().is_none());
    app.revoke_credential(&world.operator, &key.id).await.unwrap();
    assert!(app.authenticate(id, secret).await.unwrap().is_none());
    assert_eq!(app.credentials(&world.operator).await.unwrap().len(), 1);
    let runtime = domain::CredentialId::parse(store::RUNTIME_AUTHORITY).unwrap();
    let refused = app.seed_credential(&world.operator, runtime, "secret").await;
    assert!(matches!(refused, Err(AppError::Taken(_))), "{refused:?}");
}
