-- Tables of the reference target. Times are UTC text to the millisecond, so they sort as text; identifiers are UUIDs.

CREATE TABLE IF NOT EXISTS churches (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    phone TEXT,
    subscription_status TEXT NOT NULL,
    trial_ends_at TEXT NOT NULL,
    created_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS admins (
    id TEXT PRIMARY KEY,
    church_id TEXT NOT NULL REFERENCES churches (id) ON DELETE CASCADE,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    role TEXT NOT NULL,
    welcome_completed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS admins_of_church ON admins (church_id);

CREATE TABLE IF NOT EXISTS branches (
    id TEXT PRIMARY KEY,
    church_id TEXT NOT NULL REFERENCES churches (id) ON DELETE CASCADE,
    name TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS branches_of_church ON branches (church_id);

CREATE TABLE IF NOT EXISTS members (
    id TEXT PRIMARY KEY,
    church_id TEXT NOT NULL REFERENCES churches (id) ON DELETE CASCADE,
    branch_id TEXT NOT NULL REFERENCES branches (id) ON DELETE CASCADE,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    phone TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_of_church ON members (church_id);
CREATE INDEX IF NOT EXISTS members_of_branch ON members (branch_id);

CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    church_id TEXT NOT NULL REFERENCES churches (id) ON DELETE CASCADE,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    unread_count INTEGER NOT NULL,
    last_message_at TEXT NOT NULL,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversations_of_church ON conversations (church_id, status, last_message_at);
CREATE INDEX IF NOT EXISTS conversations_of_member ON conversations (member_id);

-- What was said in a conversation, in either direction.
CREATE TABLE IF NOT EXISTS conversation_messages (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    direction TEXT NOT NULL,
    delivery_status TEXT,
    reply_to_id TEXT,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS messages_of_conversation ON conversation_messages (conversation_id, created_at);

-- What was sent to many at once; one row for each recipient beside it.
CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY,
    church_id TEXT NOT NULL REFERENCES churches (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    target_type TEXT NOT NULL,
    total_recipients INTEGER NOT NULL,
    status TEXT NOT NULL,
    scheduled_at TEXT,
    created_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS messages_of_church ON messages (church_id, created_at);

CREATE TABLE IF NOT EXISTS message_recipients (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    PRIMARY KEY (message_id, member_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipients_of_member ON message_recipients (member_id);

-- What no longer lets anybody in: signatures of tokens, ids of churches. The instant is CLOCK_MONOTONIC's.
CREATE TABLE IF NOT EXISTS revocations (
    name TEXT PRIMARY KEY,
    revoked_at_ns BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS revocations_by_time ON revocations (revoked_at_ns);
