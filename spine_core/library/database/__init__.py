"""The database of the case library: SQLite without set-up, PostgreSQL by ``SPINELENS_DATABASE``."""
