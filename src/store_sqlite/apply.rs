//! Carries out a plan.

use crate::{attachments, documents, error::failed, log, registrations::actor_hash, vocabulary};
use domain::{CourseId, CourseVersion, RegistrationId, SessionId, Timestamp};
use sqlx::SqliteConnection;
use store::{
    Attempt, Call, NewLaunch, NewRegistration, Plan, PublishedVersion, RegistrationRecord,
    SessionEnd, StoreError, Write, rows,
};

type Done = Result<(), StoreError>;

/// Writes every row of `plan`.
pub(crate) async fn plan(connection: &mut SqliteConnection, number: i64, plan: &Plan) -> Done {
    for write in &plan.writes {
        one(connection, number, write).await?;
    }
    log::write(connection, number, plan).await?;
    salts(connection, number, plan).await?;
    voided(connection, number, plan).await?;
    claims(connection, number, plan).await?;
    attachments::write(connection, number, plan).await?;
    events(connection, number, plan).await?;
    vocabulary::apply(connection, number, plan).await?;
    for write in &plan.documents {
        documents::write(connection, number, write).await?;
    }
    registrations(connection, number, plan).await
}

async fn salts(connection: &mut SqliteConnection, number: i64, plan: &Plan) -> Done {
    for (term, salt) in &plan.salts {
        let salt = salt.as_bytes().as_slice();
        sqlx::query!(
            "UPDATE term SET salt = $3 WHERE organization = $1 AND number = $2",
            number,
            term,
            salt,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn voided(connection: &mut SqliteConnection, number: i64, plan: &Plan) -> Done {
    for (target, by) in &plan.voided {
        let (target, by) = (rows::column(target.index()), rows::column(by.index()));
        sqlx::query!(
            "UPDATE statement SET voided_by = $3 WHERE organization = $1 AND position = $2",
            number,
            target,
            by,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn claims(connection: &mut SqliteConnection, number: i64, plan: &Plan) -> Done {
    for row in &plan.claims {
        let (position, line) = (rows::column(row.position.index()), rows::column(row.claim.line));
        let (claim, source) = (&row.claim, row.claim.source.as_bytes().as_slice());
        sqlx::query!(
            "INSERT INTO claim
                 (organization, position, stored, authority, authority_key, source, line)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            number,
            position,
            claim.stored,
            claim.authority,
            claim.authority_key,
            source,
            line,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn events(connection: &mut SqliteConnection, number: i64, plan: &Plan) -> Done {
    for row in &plan.events {
        let (position, recorded_at) =
            (rows::column(row.position.index()), row.recorded_at.micros());
        let (event, op) = (&row.event, row.event.op.as_str());
        let about = event.about.as_ref().map(|about| about.as_bytes().as_slice());
        sqlx::query!(
            "INSERT INTO event (organization, position, recorded_at, actor, reason, entity,
                 entity_id, op, valid_from, valid_to, value, source, about)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            number,
            position,
            recorded_at,
            event.actor,
            event.reason,
            event.entity,
            event.entity_id,
            op,
            event.valid_from,
            event.valid_to,
            event.value,
            event.source,
            about,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn registrations(connection: &mut SqliteConnection, number: i64, plan: &Plan) -> Done {
    for row in &plan.registrations {
        let (id, revision) = (row.id.uuid(), rows::column(row.revision));
        let (record, active_at) = (rows::record_text(&row.record)?, row.active_at.micros());
        sqlx::query!(
            "UPDATE registration SET revision = $3, record = $4, active_at = $5
             WHERE organization = $1 AND id = $2",
            number,
            id,
            revision,
            record,
            active_at,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "UPDATE result_notice SET due_at = $3 WHERE organization = $1 AND registration = $2",
            number,
            id,
            active_at,
        )
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}

async fn one(connection: &mut SqliteConnection, number: i64, write: &Write) -> Done {
    match write {
        Write::CreateCourse(course) => {
            let (id, created_at) = (course.id.uuid(), course.created_at.micros());
            sqlx::query!(
                "INSERT INTO course (organization, id, title, created_at) VALUES ($1, $2, $3, $4)",
                number,
                id,
                course.title,
                created_at,
            )
            .execute(connection)
            .await
            .map_err(failed)?;
            Ok(())
        }
        Write::RenameCourse { course, title } => rename(connection, number, *course, title).await,
        Write::PublishVersion(version) => publish(connection, number, version).await,
        Write::CreateRegistration(new) => register(connection, number, new).await,
        Write::UpdateRegistration { registration, state } => {
            let id = registration.uuid();
            sqlx::query!(
                "UPDATE registration SET state = $3 WHERE organization = $1 AND id = $2",
                number,
                id,
                state,
            )
            .execute(connection)
            .await
            .map_err(failed)?;
            Ok(())
        }
        Write::MoveRegistration { registration, version, state, at, .. } => {
            shift(connection, number, *registration, (*version, state), *at).await
        }
        Write::CreateLaunch(launch) => create_launch(connection, number, launch).await,
        Write::SendResults { registration, url } => {
            send_results(connection, number, *registration, url).await
        }
        Write::UpdateSession { session, state, seen_at } => {
            update_session(connection, number, *session, state, *seen_at).await
        }
        Write::EndSession { session, end, at } => {
            end_session(connection, number, *session, *end, *at).await
        }
        Write::PutAttempt(attempt) => put_attempt(connection, number, attempt).await,
        Write::LogCalls(calls) => {
            for call in calls {
                log_call(connection, number, call).await?;
            }
            Ok(())
        }
    }
}

async fn rename(
    connection: &mut SqliteConnection,
    number: i64,
    course: CourseId,
    title: &str,
) -> Done {
    let id = course.uuid();
    sqlx::query!(
        "UPDATE course SET title = $3 WHERE organization = $1 AND id = $2",
        number,
        id,
        title,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn publish(connection: &mut SqliteConnection, number: i64, new: &PublishedVersion) -> Done {
    let (course, version) = (new.course.uuid(), i64::from(new.version.number()));
    let (package, package_bytes) =
        (new.package.as_bytes().as_slice(), rows::column(new.package_bytes));
    let published_at = new.published_at.micros();
    sqlx::query!(
        "INSERT INTO course_version (organization, course, version, title, package, package_bytes,
             file_name, edition, manifest, report, activity, published_at, published_by,
             change_note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        number,
        course,
        version,
        new.title,
        package,
        package_bytes,
        new.file_name,
        new.edition,
        new.manifest,
        new.report,
        new.activity,
        published_at,
        new.published_by,
        new.change_note,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn register(connection: &mut SqliteConnection, number: i64, new: &NewRegistration) -> Done {
    let (id, course, version) = (new.id.uuid(), new.course.uuid(), i64::from(new.version.number()));
    let (search, created_at) = (rows::search_text(new), new.created_at.micros());
    let record = rows::record_text(&RegistrationRecord::default())?;
    let actor_hash = actor_hash(&new.actor_key);
    sqlx::query!(
        "INSERT INTO registration (organization, id, course, version, actor, actor_key, actor_hash,
             learner_id, learner_name, search, created_at, state, revision, record, activities,
             active_at, test)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13,
             (SELECT json_array(activity) FROM course_version
              WHERE organization = $1 AND course = $3 AND version = $4), $11, $14)",
        number,
        id,
        course,
        version,
        new.actor,
        new.actor_key,
        actor_hash,
        new.learner_id,
        new.learner_name,
        search,
        created_at,
        new.state,
        record,
        new.test,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Moves a registration to another version of its course; its sessions end.
async fn shift(
    connection: &mut SqliteConnection,
    number: i64,
    registration: RegistrationId,
    (version, state): (CourseVersion, &str),
    at: Timestamp,
) -> Done {
    let (id, version, at) = (registration.uuid(), i64::from(version.number()), at.micros());
    sqlx::query!(
        "UPDATE registration SET version = $3, state = $4, activities = json_insert(activities, '$[#]',
                 (SELECT v.activity FROM course_version v
                  WHERE v.organization = $1 AND v.course = registration.course
                      AND v.version = $3))
         WHERE organization = $1 AND id = $2",
        number,
        id,
        version,
        state,
    )
    .execute(&mut *connection)
    .await
    .map_err(failed)?;
    sqlx::query!(
        "UPDATE session SET ended_at = coalesce(ended_at, $3), ended_how = 'superseded'
         WHERE organization = $1 AND registration = $2
             AND (ended_at IS NULL OR ended_how = 'timed_out')",
        number,
        id,
        at,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn create_launch(connection: &mut SqliteConnection, number: i64, launch: &NewLaunch) -> Done {
    let (hash, registration) = (launch.hash.as_bytes().as_slice(), launch.registration.uuid());
    let (mode, expires_at) = (launch.mode.as_str(), launch.expires_at.micros());
    sqlx::query!(
        "INSERT INTO launch
             (organization, hash, registration, mode, return_url, language, settings, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        number,
        hash,
        registration,
        mode,
        launch.return_url,
        launch.language,
        launch.settings,
        expires_at,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn send_results(
    connection: &mut SqliteConnection,
    number: i64,
    registration: RegistrationId,
    url: &str,
) -> Done {
    let id = registration.uuid();
    sqlx::query!(
        "INSERT INTO result_notice (organization, registration, url, tries) VALUES ($1, $2, $3, 0)
         ON CONFLICT (organization, registration) DO UPDATE SET url = excluded.url",
        number,
        id,
        url,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn update_session(
    connection: &mut SqliteConnection,
    number: i64,
    session: SessionId,
    state: &str,
    seen_at: Timestamp,
) -> Done {
    let (id, seen_at) = (session.uuid(), seen_at.micros());
    sqlx::query!(
        "UPDATE session SET state = $3, seen_at = $4,
             ended_at = CASE WHEN ended_how = 'timed_out' THEN NULL ELSE ended_at END,
             ended_how = CASE WHEN ended_how = 'timed_out' THEN NULL ELSE ended_how END
         WHERE organization = $1 AND id = $2",
        number,
        id,
        state,
        seen_at,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn end_session(
    connection: &mut SqliteConnection,
    number: i64,
    session: SessionId,
    end: SessionEnd,
    at: Timestamp,
) -> Done {
    let (id, how, at) = (session.uuid(), end.as_str(), at.micros());
    sqlx::query!(
        "UPDATE session SET ended_at = $3, ended_how = $4
         WHERE organization = $1 AND id = $2 AND ended_at IS NULL",
        number,
        id,
        at,
        how,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn put_attempt(connection: &mut SqliteConnection, number: i64, attempt: &Attempt) -> Done {
    let (registration, session) = (attempt.registration.uuid(), attempt.session.uuid());
    let (item, count) = (attempt.item.as_str(), i64::from(attempt.number));
    let (delivery, calls) = (i64::from(attempt.delivery), rows::column(attempt.calls_applied));
    let updated_at = attempt.updated_at.micros();
    sqlx::query!(
        "INSERT INTO attempt (organization, registration, item, number, data, session, delivery,
             calls_applied, open, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (organization, registration, item, number) DO UPDATE
         SET data = excluded.data, session = excluded.session, delivery = excluded.delivery,
             calls_applied = excluded.calls_applied, open = excluded.open,
             updated_at = excluded.updated_at",
        number,
        registration,
        item,
        count,
        attempt.data,
        session,
        delivery,
        calls,
        attempt.open,
        updated_at,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn log_call(connection: &mut SqliteConnection, number: i64, call: &Call) -> Done {
    let (registration, session) = (call.registration.uuid(), call.session.uuid());
    let (delivery, count) = (i64::from(call.delivery), rows::column(call.number));
    let received_at = call.received_at.micros();
    let claimed_at = call.claimed_at.map(Timestamp::micros);
    let error = i64::from(call.error);
    sqlx::query!(
        "INSERT INTO api_call (organization, registration, sequence, session, delivery, number,
             received_at, claimed_at, function, arguments, result, error, note, applied,
             outcome)
         VALUES ($1, $2, (SELECT coalesce(max(sequence), 0) + 1 FROM api_call
                          WHERE organization = $1 AND registration = $2),
             $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (organization, registration, session, delivery, number) DO NOTHING",
        number,
        registration,
        session,
        delivery,
        count,
        received_at,
        claimed_at,
        call.function,
        call.arguments,
        call.result,
        error,
        call.note,
        call.applied,
        call.outcome,
    )
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}
