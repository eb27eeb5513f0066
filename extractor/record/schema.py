"""The tables of the record, as steps from an empty database to today's."""

RUNS = """
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, started TEXT NOT NULL, ended TEXT, version TEXT NOT NULL,
  as_of TEXT, command TEXT NOT NULL, outcome TEXT, message TEXT)
"""
OUTCOMES = """
CREATE TABLE outcomes (
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, vendor TEXT NOT NULL,
  outcome TEXT NOT NULL, at TEXT NOT NULL, sha256 TEXT, message TEXT,
  PRIMARY KEY (run, vendor)) WITHOUT ROWID
"""
BUNDLES = """
CREATE TABLE bundles (
  vendor TEXT NOT NULL, sha256 TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL,
  stored TEXT NOT NULL, PRIMARY KEY (vendor, sha256)) WITHOUT ROWID
"""
HOLDS = """
CREATE TABLE holds (
  id INTEGER PRIMARY KEY, run INTEGER, vendor TEXT NOT NULL, sha256 TEXT NOT NULL,
  baseline TEXT, decision TEXT NOT NULL, held TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'sent', 'superseded')),
  ended TEXT)
"""
APPROVALS = """
CREATE TABLE approvals (
  id INTEGER PRIMARY KEY, hold INTEGER NOT NULL REFERENCES holds ON DELETE CASCADE,
  vendor TEXT NOT NULL, sha256 TEXT NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL,
  at TEXT NOT NULL, used TEXT)
"""
DISCLOSURES = """
CREATE TABLE disclosures (
  id INTEGER PRIMARY KEY, run INTEGER, vendor TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL, files TEXT NOT NULL, destination TEXT NOT NULL, decision TEXT NOT NULL,
  approval INTEGER REFERENCES approvals ON DELETE SET NULL, approved_by TEXT, approved_why TEXT,
  state TEXT NOT NULL CHECK (state IN ('sending', 'delivered', 'failed')),
  began TEXT NOT NULL, ended TEXT, message TEXT)
"""
LEDGER = """
CREATE TABLE ledger (
  vendor TEXT NOT NULL, id INTEGER NOT NULL, role INTEGER NOT NULL, derived INTEGER NOT NULL,
  identifier INTEGER NOT NULL, user_id INTEGER NOT NULL, email INTEGER NOT NULL,
  username INTEGER NOT NULL, given INTEGER NOT NULL, family INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (vendor, id)) WITHOUT ROWID
"""
META = "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"

# Step n brings a database of version n to version n + 1; steps that were released never change.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        *(RUNS, OUTCOMES, BUNDLES, HOLDS, APPROVALS, DISCLOSURES, LEDGER, META),
        "CREATE INDEX disclosures_of ON disclosures (vendor, state, ended)",
        "CREATE INDEX holds_of ON holds (vendor, state)",
        "CREATE INDEX approvals_of ON approvals (hold)",
    ),
)
VERSION = len(STEPS)
