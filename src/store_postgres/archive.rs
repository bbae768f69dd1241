//! The database as rows that no database owns.

use crate::{error::failed, open::OpenError};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgRow};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    StoreError,
    archive::{
        ArchiveRow, ArchiveSource, ArchiveTable, ArchiveTarget, ArchiveValue, RowSink,
        parents_first,
    },
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Bool,
    Text,
    Bytes,
    Uuid,
}

/// The tables, and what their columns hold.
struct Schema {
    tables: Vec<ArchiveTable>,
    kinds: BTreeMap<(String, String), Kind>,
    /// Columns that count by themselves.
    identities: Vec<(String, String)>,
}

impl Schema {
    fn kinds<'a>(&'a self, table: &'a ArchiveTable) -> impl Iterator<Item = Kind> + 'a {
        let kind = |column: &String| self.kinds.get(&(table.name.clone(), column.clone())).copied();
        table.columns.iter().map(move |column| kind(column).unwrap_or(Kind::Bytes))
    }
}

/// A snapshot of a database, beside the servers that write to it.
pub struct PostgresArchive {
    connection: PgConnection,
    schema: Schema,
}

impl std::fmt::Debug for PostgresArchive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresArchive").finish_non_exhaustive()
    }
}

impl PostgresArchive {
    /// Takes the snapshot of the database at `url`; it keeps nobody from writing.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let connect = |source| OpenError::Connect { source };
        let mut connection = PgConnection::connect(url).await.map_err(connect)?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        sqlx::query(begin).execute(&mut connection).await.map_err(connect)?;
        let schema = schema(&mut connection).await.map_err(connect)?;
        Ok(Self { connection, schema })
    }
}

#[async_trait]
impl ArchiveSource for PostgresArchive {
    fn tables(&self) -> &[ArchiveTable] {
        &self.schema.tables
    }

    async fn read(
        &mut self,
        table: &ArchiveTable,
        sink: &mut dyn RowSink,
    ) -> Result<(), StoreError> {
        let kinds: Vec<Kind> = self.schema.kinds(table).collect();
        let columns: Vec<String> = table
            .columns
            .iter()
            .zip(&kinds)
            .map(|(column, kind)| match kind {
                Kind::Int => format!("{}::BIGINT", quoted(column)),
                Kind::Bool => format!("{}::INT::BIGINT", quoted(column)),
                Kind::Uuid => format!("uuid_send({})", quoted(column)),
                Kind::Text | Kind::Bytes => quoted(column),
            })
            .collect();
        let key = sqlx::query_scalar::<_, String>(
            "SELECT a.attname::TEXT FROM pg_index i
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
             WHERE i.indrelid = to_regclass($1) AND i.indisprimary
             ORDER BY array_position(i.indkey::INT2[], a.attnum)",
        )
        .bind(quoted(&table.name))
        .fetch_all(&mut self.connection)
        .await
        .map_err(failed)?;
        let order: Vec<String> = key
            .iter()
            .map(|column| {
                let kind = self.schema.kinds.get(&(table.name.clone(), column.clone()));
                let collate = if kind == Some(&Kind::Text) { " COLLATE \"C\"" } else { "" };
                format!("{}{collate}", quoted(column))
            })
            .collect();
        let query = format!(
            "SELECT {} FROM {} ORDER BY {}",
            columns.join(", "),
            quoted(&table.name),
            order.join(", ")
        );
        // Made of the names that the schema gave.
        let mut rows = sqlx::query(AssertSqlSafe(query)).fetch(&mut self.connection);
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            if !sink.take(values(&row, &kinds)?) {
                break;
            }
        }
        Ok(())
    }
}

/// A database that is being filled in one transaction.
pub struct PostgresArchiveTarget {
    connection: PgConnection,
    schema: Schema,
}

impl std::fmt::Debug for PostgresArchiveTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresArchiveTarget").finish_non_exhaustive()
    }
}

impl PostgresArchiveTarget {
    /// Brings the schema of the database at `url` up to date and begins.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let connect = |source| OpenError::Connect { source };
        let mut connection = PgConnection::connect(url).await.map_err(connect)?;
        sqlx::migrate!("../../migrations/postgres")
            .run(&mut connection)
            .await
            .map_err(|source| OpenError::Migrate { source })?;
        let schema = schema(&mut connection).await.map_err(connect)?;
        sqlx::query("BEGIN").execute(&mut connection).await.map_err(connect)?;
        Ok(Self { connection, schema })
    }
}

#[async_trait]
impl ArchiveTarget for PostgresArchiveTarget {
    fn tables(&self) -> &[ArchiveTable] {
        &self.schema.tables
    }

    async fn is_empty(&mut self) -> Result<bool, StoreError> {
        for table in &self.schema.tables {
            // Nobody may begin to serve from it meanwhile.
            let lock = format!("LOCK TABLE {} IN EXCLUSIVE MODE", quoted(&table.name));
            let lock = sqlx::query(AssertSqlSafe(lock));
            lock.execute(&mut self.connection).await.map_err(failed)?;
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
        let kinds: Vec<Kind> = self.schema.kinds(table).collect();
        let (mut values, mut arrays, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for (index, kind) in (1..).zip(&kinds) {
            let name = format!("c{index}");
            let (value, array) = match kind {
                Kind::Int => (name.clone(), "BIGINT"),
                Kind::Bool => (format!("{name} <> 0"), "BIGINT"),
                Kind::Text => (name.clone(), "TEXT"),
                Kind::Bytes => (name.clone(), "BYTEA"),
                Kind::Uuid => (format!("encode({name}, 'hex')::UUID"), "BYTEA"),
            };
            values.push(value);
            arrays.push(format!("${index}::{array}[]"));
            names.push(name);
        }
        let query = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM UNNEST({}) AS rows ({})",
            quoted(&table.name),
            table.columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "),
            values.join(", "),
            arrays.join(", "),
            names.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(query));
        let mut columns: Vec<Vec<ArchiveValue>> = kinds.iter().map(|_| Vec::new()).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        for (kind, column) in kinds.iter().zip(columns) {
            query = match kind {
                Kind::Int | Kind::Bool => query.bind(numbers(column, table)?),
                Kind::Text => query.bind(texts(column, table)?),
                Kind::Bytes | Kind::Uuid => query.bind(blobs(column, table)?),
            };
        }
        query.execute(&mut self.connection).await.map_err(failed)?;
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        for (table, column) in &self.schema.identities {
            let query = format!(
                "SELECT setval(pg_get_serial_sequence($1, $2), max({column})) FROM {table}
                 HAVING max({column}) IS NOT NULL",
                table = quoted(table),
                column = quoted(column)
            );
            let query = sqlx::query(AssertSqlSafe(query)).bind(quoted(table)).bind(column);
            query.execute(&mut self.connection).await.map_err(failed)?;
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await.map_err(failed)?;
        self.connection.close().await.map_err(failed)
    }
}

fn wrong(table: &ArchiveTable) -> StoreError {
    StoreError::wrong("archive", "value", &table.name)
}

fn numbers(
    column: Vec<ArchiveValue>,
    table: &ArchiveTable,
) -> Result<Vec<Option<i64>>, StoreError> {
    let number = |value| match value {
        ArchiveValue::Null => Ok(None),
        ArchiveValue::Int(number) => Ok(Some(number)),
        _ => Err(wrong(table)),
    };
    column.into_iter().map(number).collect()
}

fn texts(
    column: Vec<ArchiveValue>,
    table: &ArchiveTable,
) -> Result<Vec<Option<String>>, StoreError> {
    let text = |value| match value {
        ArchiveValue::Null => Ok(None),
        ArchiveValue::Text(text) => Ok(Some(text)),
        _ => Err(wrong(table)),
    };
    column.into_iter().map(text).collect()
}

fn blobs(
    column: Vec<ArchiveValue>,
    table: &ArchiveTable,
) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
    let bytes = |value| match value {
        ArchiveValue::Null => Ok(None),
        ArchiveValue::Bytes(bytes) => Ok(Some(bytes)),
        _ => Err(wrong(table)),
    };
    column.into_iter().map(bytes).collect()
}

/// The tables of the schema, the record of migrations aside.
async fn schema(connection: &mut PgConnection) -> Result<Schema, sqlx::Error> {
    let columns = sqlx::query_as::<_, (String, String, String, bool)>(
        r#"SELECT c.table_name::TEXT, c.column_name::TEXT, c.data_type::TEXT,
               c.is_identity = 'YES'
           FROM information_schema.columns c
           JOIN information_schema.tables t USING (table_schema, table_name)
           WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
               AND c.table_name <> '_sqlx_migrations'
           ORDER BY c.table_name::TEXT COLLATE "C", c.column_name::TEXT COLLATE "C""#,
    )
    .fetch_all(&mut *connection)
    .await?;
    let references = sqlx::query_as::<_, (String, String)>(
        "SELECT f.relname::TEXT, t.relname::TEXT FROM pg_constraint c
         JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
         WHERE c.contype = 'f' AND c.connamespace = current_schema()::REGNAMESPACE",
    )
    .fetch_all(connection)
    .await?;
    let (mut tables, mut kinds) = (Vec::<ArchiveTable>::new(), BTreeMap::new());
    let mut identities = Vec::new();
    for (table, column, data_type, is_identity) in columns {
        let kind = match &*data_type {
            "bigint" | "integer" | "smallint" => Kind::Int,
            "boolean" => Kind::Bool,
            "text" => Kind::Text,
            "bytea" => Kind::Bytes,
            "uuid" => Kind::Uuid,
            other => {
                let text = format!("{table}.{column} is {other}, which no backup knows");
                return Err(sqlx::Error::Protocol(text));
            }
        };
        kinds.insert((table.clone(), column.clone()), kind);
        if is_identity {
            identities.push((table.clone(), column.clone()));
        }
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => tables.push(ArchiveTable { name: table, columns: vec![column] }),
        }
    }
    let tables = parents_first(tables, &references.into_iter().collect::<BTreeSet<_>>());
    Ok(Schema { tables, kinds, identities })
}

fn values(row: &PgRow, kinds: &[Kind]) -> Result<ArchiveRow, StoreError> {
    let value = |(index, kind): (usize, &Kind)| {
        let value = match kind {
            Kind::Int | Kind::Bool => row.try_get::<Option<i64>, _>(index)?.map(ArchiveValue::Int),
            Kind::Text => row.try_get::<Option<String>, _>(index)?.map(ArchiveValue::Text),
            Kind::Bytes | Kind::Uuid => {
                row.try_get::<Option<Vec<u8>>, _>(index)?.map(ArchiveValue::Bytes)
            }
        };
        Ok(value.unwrap_or(ArchiveValue::Null))
    };
    kinds.iter().enumerate().map(value).collect::<Result<_, sqlx::Error>>().map_err(failed)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
