-- Takes the whole ledger away, with everything in it.
DROP TABLE erased_users;
DROP TABLE dead_entries;
DROP TABLE deletion_log;
DROP TABLE audio_objects;
DROP TABLE analyses;
DROP TABLE attempts;
DROP TABLE jobs;
DROP TABLE settings;
DROP TABLE schema_migrations;
