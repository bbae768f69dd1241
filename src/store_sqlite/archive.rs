//! The file as rows that no database owns.

use crate::{
    error::failed,
    open::{self, OpenError, SqliteOptions},
};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use std::{collections::BTreeSet, fs::File, path::Path};
use store::{
    StoreError,
    archive::{
        ArchiveRow, ArchiveSource, ArchiveTable, ArchiveTarget, ArchiveValue, RowSink,
        parents_first,
    },
};

/// Values in one INSERT: `SQLite` takes 32,766.
const INSERT_VALUES_MAX: usize = 4_000;

/// A snapshot of a store's file, beside the server that has it open.
pub struct SqliteArchive {
    connection: SqliteConnection,
    tables: Vec<ArchiveTable>,
}

impl std::fmt::Debug for SqliteArchive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteArchive").field("tables", &self.tables.len()).finish_non_exhaustive()
    }
}

impl SqliteArchive {
    /// Takes the snapshot. It needs no lock and keeps nobody from writing; while it is open, the
    /// write-ahead log grows.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let database = |source| OpenError::Database { path: path.to_owned(), source };
        let options = open::connect_options(&SqliteOptions::new(path)).create_if_missing(false);
        let mut connection = options.read_only(true).connect().await.map_err(database)?;
        sqlx::query("BEGIN").execute(&mut connection).await.map_err(database)?;
        // The first read begins the snapshot.
        let tables = tables(&mut connection).await.map_err(database)?;
        Ok(Self { connection, tables })
    }
}

#[async_trait]
impl ArchiveSource for SqliteArchive {
    fn tables(&self) -> &[ArchiveTable] {
        &self.tables
    }

    async fn read(
        &mut self,
        table: &ArchiveTable,
        sink: &mut dyn RowSink,
    ) -> Result<(), StoreError> {
        let key = sqlx::query_scalar::<_, String>(
            "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
        )
        .bind(&table.name)
        .fetch_all(&mut self.connection)
        .await
        .map_err(failed)?;
        let query = format!(
            "SELECT {} FROM {} ORDER BY {}",
            list(&table.columns),
            quoted(&table.name),
            list(&key)
        );
        // Made of the names that the schema gave.
        let mut rows = sqlx::query(AssertSqlSafe(query)).fetch(&mut self.connection);
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            if !sink.take(values(&row, table)?) {
                break;
            }
        }
        Ok(())
    }
}

/// A new file that is being filled in one transaction.
pub struct SqliteArchiveTarget {
    connection: SqliteConnection,
    tables: Vec<ArchiveTable>,
    _lock: File,
}

impl std::fmt::Debug for SqliteArchiveTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteArchiveTarget").finish_non_exhaustive()
    }
}

impl SqliteArchiveTarget {
    /// Opens the file, made when it is not there, with its schema; locked against other processes.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let lock = open::lock(path)?;
        let database = |source| OpenError::Database { path: path.to_owned(), source };
        let options = open::connect_options(&SqliteOptions::new(path));
        let mut connection = options.connect().await.map_err(database)?;
        let migrate = |source| OpenError::Migrate { path: path.to_owned(), source };
        open::MIGRATIONS.run(&mut connection).await.map_err(migrate)?;
        let tables = tables(&mut connection).await.map_err(database)?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.map_err(database)?;
        Ok(Self { connection, tables, _lock: lock })
    }
}

#[async_trait]
impl ArchiveTarget for SqliteArchiveTarget {
    fn tables(&self) -> &[ArchiveTable] {
        &self.tables
    }

    async fn is_empty(&mut self) -> Result<bool, StoreError> {
        for table in &self.tables {
            let query = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(&table.name));
            let query = sqlx::query_scalar::<_, bool>(AssertSqlSafe(query));
            if query.fetch_one(&mut self.connection).await.map_err(failed)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn insert(
        &mut self,
        table: &ArchiveTable,
        rows: Vec<ArchiveRow>,
    ) -> Result<(), StoreError> {
        let width = table.columns.len().max(1);
        let marks = format!("({})", vec!["?"; width].join(", "));
        for part in rows.chunks((INSERT_VALUES_MAX / width).max(1)) {
            let query = format!(
                "INSERT INTO {} ({}) VALUES {}",
                quoted(&table.name),
                list(&table.columns),
                vec![&*marks; part.len()].join(", ")
            );
            let mut query = sqlx::query(AssertSqlSafe(query));
            for value in part.iter().flatten() {
                query = bind(query, value);
            }
            query.execute(&mut self.connection).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut self.connection).await.map_err(failed)?;
        let pragma = "PRAGMA wal_checkpoint(TRUNCATE)";
        sqlx::query(pragma).execute(&mut self.connection).await.map_err(failed)?;
        self.connection.close().await.map_err(failed)
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind<'q>(query: Query<'q>, value: &'q ArchiveValue) -> Query<'q> {
    match value {
        ArchiveValue::Null => query.bind(None::<i64>),
        ArchiveValue::Int(number) => query.bind(*number),
        ArchiveValue::Text(text) => query.bind(text.as_str()),
        ArchiveValue::Bytes(bytes) => query.bind(bytes.as_slice()),
    }
}

/// The tables of the schema, `SQLite`'s own and the record of migrations aside.
async fn tables(connection: &mut SqliteConnection) -> Result<Vec<ArchiveTable>, sqlx::Error> {
    let columns = sqlx::query_as::<_, (String, String)>(
        "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             AND m.name <> '_sqlx_migrations'
         ORDER BY m.name, c.name",
    )
    .fetch_all(&mut *connection)
    .await?;
    let references = sqlx::query_as::<_, (String, String)>(
        r#"SELECT m.name, f."table" FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
           WHERE m.type = 'table'"#,
    )
    .fetch_all(connection)
    .await?;
    let mut tables: Vec<ArchiveTable> = Vec::new();
    for (table, column) in columns {
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => tables.push(ArchiveTable { name: table, columns: vec![column] }),
        }
    }
    Ok(parents_first(tables, &references.into_iter().collect::<BTreeSet<_>>()))
}

fn values(row: &SqliteRow, table: &ArchiveTable) -> Result<ArchiveRow, StoreError> {
    use sqlx::{TypeInfo, ValueRef};
    let mut values = Vec::with_capacity(table.columns.len());
    for index in 0..table.columns.len() {
        let raw = row.try_get_raw(index).map_err(failed)?;
        let kind = raw.type_info().name().to_owned();
        values.push(match (raw.is_null(), &*kind) {
            (true, _) => ArchiveValue::Null,
            (_, "INTEGER") => ArchiveValue::Int(row.try_get(index).map_err(failed)?),
            (_, "TEXT") => ArchiveValue::Text(row.try_get(index).map_err(failed)?),
            _ => ArchiveValue::Bytes(row.try_get(index).map_err(failed)?),
        });
    }
    Ok(values)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}
