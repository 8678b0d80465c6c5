-- Takes the whole ledger away, with everything in it.
DROP SCHEMA mixgauge_api CASCADE;
DROP SCHEMA mixgauge CASCADE;
