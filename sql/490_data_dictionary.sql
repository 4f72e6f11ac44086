-- ----------------------------------------------------------------------------
-- 490_data_dictionary: what every column of this warehouse means
--
-- Grain    one row per table_name, column_name
-- Reads    duckdb_columns(), duckdb_tables(), duckdb_constraints(), core.sql_file, peer_name, column_trap
-- Writes   data_dictionary
-- Layer    start, quality
-- Source   comments of the tables and columns themselves; keys and types as the database holds them
-- ----------------------------------------------------------------------------

create or replace table data_dictionary as

with

described_column as (

    select
        columns.table_name,
        columns.column_name,
        columns.column_index,
        columns.data_type,
        columns.comment,
        tables.comment as table_comment
    from duckdb_columns() as columns
    inner join duckdb_tables() as tables
        on
            columns.database_name = tables.database_name
            and columns.schema_name = tables.schema_name
            and columns.table_name = tables.table_name
    where
        columns.database_name = current_database()
        and columns.schema_name = 'main'
        and columns.table_name != 'data_dictionary'

),

key_part as (

    select
        table_name,
        len(constraint_column_names) as part_count,
        unnest(constraint_column_names) as column_name
    from duckdb_constraints()
    where
        database_name = current_database()
        and constraint_type = 'PRIMARY KEY'

),

-- an id means a row of the table that has it for its whole key; a night is a row of night
key_of as (

    select
        key_part.column_name,
        arg_min(key_part.table_name, sql_file.file_name) as table_name
    from key_part
    inner join core.sql_file as sql_file on key_part.table_name = sql_file.table_name
    where key_part.part_count = 1 and key_part.column_name like '%\_id' escape '\'
    group by key_part.column_name
    union all
    select
        'night_date' as column_name,
        'night' as table_name

),

-- what is said of a column where it has its origin is true where it is shown again
with_origin as (

    select
        described_column.table_name,
        described_column.column_name,
        first_value(described_column.table_name) over same_meaning as origin
    from described_column
    inner join core.sql_file as sql_file on described_column.table_name = sql_file.table_name
    window same_meaning as (
        partition by described_column.column_name, described_column.comment
        order by sql_file.file_name
    )

)

select
    described_column.table_name,
    described_column.column_name,
    cast(described_column.column_index as integer) as column_number,
    described_column.data_type as type,
    -- the unit stands in brackets in the comment; [1] says that there is none
    case
        when regexp_matches(described_column.comment, '\[[^\]]+\]')
            then regexp_extract(described_column.comment, '\[([^\]]+)\]', 1)
        when described_column.column_name like '%\_count' escape '\' then 'count'
        -- a position in an order
        when described_column.column_name like '%\_number' escape '\' then '1'
        when described_column.column_name like '%\_year' escape '\' then 'year'
    end as unit,
    described_column.comment as description,
    key_part.column_name is not null as is_key,
    case
        when key_of.table_name != described_column.table_name
            then key_of.table_name || '.' || described_column.column_name
    end as reference,
    case
        when described_column.data_type like 'ENUM(%'
            then replace(regexp_extract(described_column.data_type, '^ENUM\((.*)\)$', 1), '''', '')
        when described_column.data_type = 'BOOLEAN' then 'true, false'
        when described_column.column_name like '%\_frac' escape '\' then '0 to 1'
        when described_column.column_name like '%\_pct' escape '\' then '0 to 100'
        when described_column.column_name like '%\_count' escape '\' then 'whole numbers from 0'
    end as allowed_values,
    case
        when key_part.column_name is not null then 'never empty'
        else coalesce(
            nullif(regexp_extract(described_column.comment, '\b[Ee]mpty ([^;.\[\]]*[^;.\[\] ])', 1), ''),
            'not known, or not measured'
        )
    end as null_means,
    column_trap.trap,
    peer_name.ggir_name,
    peer_name.nsrr_name,
    peer_name.plmscore_name,
    sql_file.file_name as source_file,
    sql_file.grain as table_grain,
    array_to_string(sql_file.layers, ', ') as table_layers,
    described_column.table_comment as table_description
from described_column
left join core.sql_file as sql_file on described_column.table_name = sql_file.table_name
left join key_part
    on
        described_column.table_name = key_part.table_name
        and described_column.column_name = key_part.column_name
left join key_of on described_column.column_name = key_of.column_name
left join with_origin
    on
        described_column.table_name = with_origin.table_name
        and described_column.column_name = with_origin.column_name
left join peer_name
    on
        with_origin.origin = peer_name.table_name
        and described_column.column_name = peer_name.column_name
left join column_trap
    on
        with_origin.origin = column_trap.table_name
        and described_column.column_name = column_trap.column_name
order by described_column.table_name, column_number;

alter table data_dictionary add primary key (table_name, column_name);

comment on table data_dictionary is 'Meaning, type and unit of every column of the other tables.';
comment on column data_dictionary.table_name is 'Table.';
comment on column data_dictionary.column_name is 'Column.';
comment on column data_dictionary.column_number is 'Position of the column in its table, from 1.';
comment on column data_dictionary.type is 'DuckDB type.';
comment on column data_dictionary.unit is
'Unit; 1 for a bare number, empty where the column is no measurement.';
comment on column data_dictionary.description is 'Meaning.';
comment on column data_dictionary.is_key is 'Whether it is part of the key: no two rows share all parts.';
comment on column data_dictionary.reference is
'Table and column that the value is one of; empty where it names nothing elsewhere.';
comment on column data_dictionary.allowed_values is
'Values that it may have; empty where they are not closed.';
comment on column data_dictionary.null_means is 'What an empty value says; it never means zero or no.';
comment on column data_dictionary.source_file is 'File that makes the table.';
comment on column data_dictionary.table_grain is 'What makes a row of the table.';
comment on column data_dictionary.table_layers is 'Schemas in which the table is shown beside main.';
comment on column data_dictionary.table_description is 'What one row of the table is about.';
