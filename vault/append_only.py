"""Tables that the database itself keeps append-only: no UPDATE, DELETE, replacing INSERT or TRUNCATE."""

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME; END
$$ LANGUAGE plpgsql
"""


def protection(dialect: str, table: str, *unique_keys: tuple[str, ...]) -> list[str]:
    """The statements that make `table` append-only on `dialect` ("sqlite" or "postgresql").

    Each of `unique_keys` is a set of columns that identifies a row. On SQLite, INSERT OR REPLACE removes
    the old row without asking DELETE triggers unless every connection sets `recursive_triggers`; an insert that
    meets an existing key is therefore refused by a trigger of its own.
    """
    if dialect == "postgresql":
        return [
            _POSTGRES_FUNCTION,
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    refusal = f"SELECT RAISE(ABORT, 'rows of {table} are append-only')"
    statements = [
        f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} BEGIN {refusal}; END"
        for action in ("UPDATE", "DELETE")
    ]
    for columns in unique_keys:
        same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
        clash = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names of our own  # nosec B608
        statements.append(
            f"CREATE TRIGGER {table}_no_replace_{'_'.join(columns)} BEFORE INSERT ON {table} "
            f"WHEN {clash} BEGIN {refusal}; END"
        )
    return statements
