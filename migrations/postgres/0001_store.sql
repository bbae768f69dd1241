-- The schema of Attestry's store. Instants are microseconds since 1970 in UTC. Every key begins
-- with the organization's number, so that tables can be split by it.

CREATE TABLE organization (
    number        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            UUID NOT NULL UNIQUE,
    name          TEXT NOT NULL UNIQUE,
    activity_base TEXT NOT NULL,
    created_at    BIGINT NOT NULL
);

-- The head of each organization's log; the row that a commit locks.
CREATE TABLE log_head (
    organization  BIGINT NOT NULL PRIMARY KEY REFERENCES organization (number),
    next_position BIGINT NOT NULL,
    stored        BIGINT NOT NULL,
    next_term     BIGINT NOT NULL,
    frontier      BYTEA NOT NULL  -- the right edge of the ledger's tree: a hash for each bit of next_position
);

-- The log: one entry per leaf of the ledger, positions without gaps. Erasure removes a salt.
CREATE TABLE log_entry (
    organization BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    stored       BIGINT NOT NULL,
    entry        BYTEA NOT NULL,
    salt         BYTEA,
    PRIMARY KEY (organization, position)
);

-- Complete tiles of the ledger's tree: derived from log_entry, filled when they are asked for. The
-- root stands before the hashes, so that reading roots leaves the hashes alone.
CREATE TABLE ledger_tile (
    organization BIGINT NOT NULL,
    level        BIGINT NOT NULL,
    tile_index   BIGINT NOT NULL,
    root         BYTEA NOT NULL,
    hashes       BYTEA NOT NULL, -- 256 of them
    PRIMARY KEY (organization, level, tile_index)
);

-- Signed checkpoints, kept for ever: one for a size, never two roots.
CREATE TABLE checkpoint (
    organization BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    root         BYTEA NOT NULL,
    note         TEXT NOT NULL, -- the signed note
    signed_at    BIGINT NOT NULL,
    PRIMARY KEY (organization, size)
);

-- The keys that sign checkpoints (Ed25519): the one in force is not retired. Secrets are sealed
-- with a key derived from the master key.
CREATE TABLE signing_key (
    organization BIGINT NOT NULL REFERENCES organization (number),
    number       BIGINT NOT NULL, -- from 1
    origin       TEXT NOT NULL,  -- the log's name in its checkpoints
    public_key   BYTEA NOT NULL,
    secret       BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    retired_at   BIGINT,
    PRIMARY KEY (organization, number)
);

-- The dictionary: numbers for agents (1), verbs (2), activities (3), registrations (4) and
-- authorities (5). An actor's salt makes its pseudonym in the ledger. Texts are looked up by their
-- hash, since a B-tree refuses a key as long as an IRI may be.
CREATE TABLE term (
    organization BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    kind         BIGINT NOT NULL,
    text         TEXT NOT NULL,
    hash         BYTEA NOT NULL, -- SHA-256 of the text
    salt         BYTEA,
    PRIMARY KEY (organization, number)
);
CREATE UNIQUE INDEX term_by_hash ON term (organization, kind, hash);

CREATE TABLE statement (
    organization BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    id           UUID NOT NULL,
    stored       BIGINT NOT NULL,
    digest       BYTEA NOT NULL,  -- of the form in which statements are compared
    authority    BIGINT NOT NULL, -- a term
    target       UUID,            -- the statement that its object refers to
    voiding      BOOLEAN NOT NULL,
    defines      BOOLEAN NOT NULL, -- whether it defines activities and agents
    voided_by    BIGINT,          -- a position
    erased_by    BIGINT,          -- the position of the erasure; body, digest and keys are gone
    keys         BYTEA NOT NULL,  -- its own terms, without its target's
    counted      UUID,            -- the registration whose record counts it
    facts        TEXT,            -- what the record needs to know, when one counts it
    body         BYTEA NOT NULL,  -- the exact bytes
    PRIMARY KEY (organization, position)
);
CREATE UNIQUE INDEX statement_by_id ON statement (organization, id);
CREATE INDEX statement_by_stored ON statement (organization, stored);
CREATE INDEX statement_by_target ON statement (organization, target) WHERE target IS NOT NULL;
CREATE INDEX statement_by_counted ON statement (organization, counted, position)
    WHERE counted IS NOT NULL;

-- Completion facts: what an audit asks of the statements whose verbs it knows; derived from them.
-- A fact is one value, so that a page of thousands is read at once; src/store/facts says its form.
CREATE TABLE completion_fact (
    organization BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    actor        BIGINT,         -- a term, until its person is erased
    fact         BYTEA NOT NULL,
    PRIMARY KEY (organization, position)
);
CREATE INDEX completion_fact_by_actor ON completion_fact (organization, actor, position)
    WHERE actor IS NOT NULL;

-- What another store said of a statement that was replayed from it.
CREATE TABLE claim (
    organization  BIGINT NOT NULL,
    position      BIGINT NOT NULL,
    stored        TEXT,             -- as it stood there
    authority     TEXT,             -- its JSON, as it stood there
    authority_key TEXT,             -- the canonical identifier of that
    source        BYTEA NOT NULL, -- SHA-256 of the file it came in
    line          BIGINT NOT NULL, -- of that file, from 1
    PRIMARY KEY (organization, position)
);
CREATE INDEX claim_by_authority ON claim (organization, authority_key)
    WHERE authority_key IS NOT NULL;

-- Which statements a term finds: its own and, through references, others'. Role 0 is found by
-- the plain filters too, 1 by the related ones alone.
CREATE TABLE statement_key (
    organization BIGINT NOT NULL,
    term         BIGINT NOT NULL,
    role         BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    PRIMARY KEY (organization, term, role, position)
);

-- The data of attachments, once for each hash.
CREATE TABLE attachment (
    organization BIGINT NOT NULL,
    sha2         TEXT NOT NULL,
    content      BYTEA NOT NULL,
    PRIMARY KEY (organization, sha2)
);

-- Which statement came with which data: an erasure removes the data that no statement is left for.
CREATE TABLE statement_attachment (
    organization BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    sha2         TEXT NOT NULL,
    media_type   TEXT NOT NULL,
    PRIMARY KEY (organization, position, sha2)
);
CREATE INDEX statement_attachment_by_sha2 ON statement_attachment (organization, sha2);

-- The definition of an activity (a term) that the statements which may define it have made, as
-- JSON; derived from them in the order of the log.
CREATE TABLE activity_definition (
    organization BIGINT NOT NULL,
    activity     BIGINT NOT NULL,
    definition   TEXT NOT NULL,
    PRIMARY KEY (organization, activity)
);

-- The names that those statements give an agent (a term).
CREATE TABLE agent_name (
    organization BIGINT NOT NULL,
    agent        BIGINT NOT NULL,
    hash         BYTEA NOT NULL, -- SHA-256 of the name
    name         TEXT NOT NULL,
    PRIMARY KEY (organization, agent, hash)
);

-- The reference trail: never updated, never deleted. An erasure empties what tells of its person.
CREATE TABLE event (
    organization BIGINT NOT NULL,
    position     BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    actor        TEXT NOT NULL,
    reason       TEXT NOT NULL,
    entity       TEXT NOT NULL,
    entity_id    TEXT NOT NULL,
    op           TEXT NOT NULL,
    valid_from   TEXT,
    valid_to     TEXT,
    value        TEXT NOT NULL,
    source       TEXT NOT NULL,
    about        BYTEA, -- SHA-256 of an identifier of the person with whom value and source go
    PRIMARY KEY (organization, position)
);
CREATE INDEX event_by_entity ON event (organization, entity, entity_id, position);
CREATE INDEX event_by_person ON event (organization, about) WHERE about IS NOT NULL;

-- Keys are hashes, since ids and IRIs may be longer than a B-tree takes.
CREATE TABLE document (
    organization BIGINT NOT NULL,
    owner        BYTEA NOT NULL, -- SHA-256 of kind, activity and agent
    id_hash      BYTEA NOT NULL, -- SHA-256 of the id
    kind         TEXT NOT NULL,
    activity     TEXT NOT NULL, -- empty where the kind has none
    agent        TEXT NOT NULL, -- empty where the kind has none
    registration TEXT NOT NULL, -- empty without one
    id           TEXT NOT NULL,
    content_type TEXT NOT NULL,
    content      BYTEA NOT NULL,
    etag         TEXT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, owner, registration, id_hash)
);

CREATE TABLE credential (
    id           TEXT NOT NULL PRIMARY KEY,
    organization BIGINT NOT NULL REFERENCES organization (number),
    label        TEXT NOT NULL,
    secret_hash  BYTEA NOT NULL,
    scopes       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    revoked_at   BIGINT
);
CREATE INDEX credential_by_organization ON credential (organization, created_at);

CREATE TABLE console_user (
    organization BIGINT NOT NULL REFERENCES organization (number),
    id           UUID NOT NULL,
    email        TEXT NOT NULL,
    display_name TEXT NOT NULL,
    role         TEXT NOT NULL,
    password     TEXT,
    created_at   BIGINT NOT NULL,
    disabled_at  BIGINT,
    PRIMARY KEY (organization, id)
);
CREATE UNIQUE INDEX console_user_by_email ON console_user (organization, email);
CREATE INDEX console_user_at_sign_in ON console_user (email);

CREATE TABLE one_time_token (
    hash         BYTEA NOT NULL PRIMARY KEY,
    organization BIGINT NOT NULL,
    console_user UUID NOT NULL,
    purpose      TEXT NOT NULL,
    expires_at   BIGINT NOT NULL,
    FOREIGN KEY (organization, console_user) REFERENCES console_user (organization, id)
);

CREATE TABLE console_session (
    hash         BYTEA NOT NULL PRIMARY KEY,
    organization BIGINT NOT NULL,
    console_user UUID NOT NULL,
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    FOREIGN KEY (organization, console_user) REFERENCES console_user (organization, id)
);
CREATE INDEX console_session_by_user ON console_session (organization, console_user);

CREATE TABLE course (
    organization BIGINT NOT NULL REFERENCES organization (number),
    id           UUID NOT NULL,
    title        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, id)
);

CREATE TABLE course_version (
    organization  BIGINT NOT NULL,
    course        UUID NOT NULL,
    version       BIGINT NOT NULL,
    title         TEXT NOT NULL,
    package       BYTEA NOT NULL,
    package_bytes BIGINT NOT NULL,
    file_name     TEXT NOT NULL,
    edition       TEXT NOT NULL,
    manifest      TEXT NOT NULL,
    report        TEXT NOT NULL,
    activity      TEXT NOT NULL,
    published_at  BIGINT NOT NULL,
    published_by  TEXT NOT NULL,
    change_note   TEXT NOT NULL,
    PRIMARY KEY (organization, course, version),
    FOREIGN KEY (organization, course) REFERENCES course (organization, id)
);
CREATE UNIQUE INDEX course_version_by_package ON course_version (organization, package, course);

CREATE TABLE registration (
    organization BIGINT NOT NULL,
    id           UUID NOT NULL,
    course       UUID NOT NULL,
    version      BIGINT NOT NULL,
    actor        TEXT NOT NULL,
    actor_key    TEXT NOT NULL,
    actor_hash   BYTEA NOT NULL, -- SHA-256 of the key, which may be longer than an index takes
    learner_id   TEXT NOT NULL,
    learner_name TEXT NOT NULL,
    search       TEXT NOT NULL, -- key, id and name in lower case
    created_at   BIGINT NOT NULL,
    state        TEXT NOT NULL,
    revision     BIGINT NOT NULL,
    record       TEXT NOT NULL, -- derived from the statements
    activities   TEXT NOT NULL, -- the activity ids of the versions it has been on, a JSON array
    active_at    BIGINT NOT NULL,
    test         BOOLEAN NOT NULL, -- played to try the course out: leaves no statement
    PRIMARY KEY (organization, id),
    FOREIGN KEY (organization, course, version)
        REFERENCES course_version (organization, course, version)
);
CREATE INDEX registration_by_actor ON registration (organization, actor_hash, course, version);
CREATE INDEX registration_by_activity ON registration (organization, active_at, id);
CREATE INDEX registration_by_course ON registration (organization, course, active_at, id);

CREATE TABLE attempt (
    organization  BIGINT NOT NULL,
    registration  UUID NOT NULL,
    item          TEXT NOT NULL,
    number        BIGINT NOT NULL,
    data          TEXT NOT NULL,
    session       UUID NOT NULL,
    delivery      BIGINT NOT NULL,
    calls_applied BIGINT NOT NULL,
    open          BOOLEAN NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (organization, registration, item, number),
    FOREIGN KEY (organization, registration) REFERENCES registration (organization, id)
);

CREATE TABLE api_call (
    organization  BIGINT NOT NULL,
    registration  UUID NOT NULL,
    sequence      BIGINT NOT NULL,
    session       UUID NOT NULL,
    delivery      BIGINT NOT NULL,
    number        BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    claimed_at    BIGINT,
    function      TEXT NOT NULL,
    arguments     TEXT NOT NULL,
    result        TEXT NOT NULL,
    error         BIGINT NOT NULL,
    note          TEXT,
    applied       BOOLEAN NOT NULL,
    outcome       TEXT, -- of a navigation request, as JSON
    PRIMARY KEY (organization, registration, sequence),
    FOREIGN KEY (organization, registration) REFERENCES registration (organization, id)
);
CREATE UNIQUE INDEX api_call_by_number
    ON api_call (organization, registration, session, delivery, number);

-- Where the status of a registration is sent to whenever it changes, and how far that is.
CREATE TABLE result_notice (
    organization  BIGINT NOT NULL,
    registration  UUID NOT NULL,
    url           TEXT NOT NULL,
    due_at        BIGINT,          -- when it is sent next; null when the newest is known there
    tries         BIGINT NOT NULL, -- since it was last taken there
    failing_since BIGINT,
    error         TEXT,            -- why it was not taken
    told          TEXT,            -- what was taken last
    told_at       BIGINT,
    PRIMARY KEY (organization, registration),
    FOREIGN KEY (organization, registration) REFERENCES registration (organization, id)
);
CREATE INDEX result_notice_by_due ON result_notice (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE launch (
    hash         BYTEA NOT NULL PRIMARY KEY,
    organization BIGINT NOT NULL,
    registration UUID NOT NULL,
    mode         TEXT NOT NULL,
    return_url   TEXT,
    language     TEXT,
    settings     TEXT NOT NULL, -- those in force, as JSON
    expires_at   BIGINT NOT NULL,
    FOREIGN KEY (organization, registration) REFERENCES registration (organization, id)
);

CREATE TABLE session (
    organization BIGINT NOT NULL,
    id           UUID NOT NULL,
    hash         BYTEA NOT NULL UNIQUE,
    registration UUID NOT NULL,
    mode         TEXT NOT NULL,
    return_url   TEXT,
    language     TEXT,
    settings     TEXT NOT NULL, -- those in force, as JSON
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,
    ended_at     BIGINT,
    ended_how    TEXT,
    state        TEXT NOT NULL,
    PRIMARY KEY (organization, id),
    FOREIGN KEY (organization, registration) REFERENCES registration (organization, id)
);
CREATE INDEX session_by_registration ON session (organization, registration);
CREATE INDEX session_by_silence ON session (seen_at) WHERE ended_at IS NULL;
