/// SQLite, wrapped by the module GeoPackage alone.
#pragma once
#include <sqlite3.h>

/// `sqlite3_db_config` is variadic. Nothing that the file's schema says is run: no function, no virtual table of its own.
static inline void CSQLite_distrust(sqlite3 *database) {
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)0);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)0);
    // A quoted name that there is not is a mistake, and not a text.
    sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
}
