CREATE TABLE IF NOT EXISTS cases (
    id TEXT PRIMARY KEY,
    created DOUBLE PRECISION NOT NULL,
    idempotency TEXT UNIQUE,
    fingerprint TEXT NOT NULL,
    hint TEXT NOT NULL,
    reasoner TEXT NOT NULL,
    switches TEXT NOT NULL DEFAULT '{}',
    names TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'queued',
    fault TEXT NOT NULL DEFAULT '',
    deaths INTEGER NOT NULL DEFAULT 0,
    place TEXT NOT NULL DEFAULT '',
    probability DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    radius_km DOUBLE PRECISION,
    trace TEXT,
    owner TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS cases_status ON cases (status, created);
CREATE INDEX IF NOT EXISTS cases_created ON cases (created);
CREATE TABLE IF NOT EXISTS remarks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    created DOUBLE PRECISION NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    clue TEXT,
    status TEXT NOT NULL DEFAULT 'queued',
    answer TEXT NOT NULL DEFAULT '[]',
    owner TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS remarks_case ON remarks (case_id);
CREATE INDEX IF NOT EXISTS remarks_status ON remarks (status);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_case ON events (case_id, id);
CREATE TABLE IF NOT EXISTS deleted (case_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS arriving (case_id TEXT PRIMARY KEY);
