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

-- what is said of a column where it has its origin is true where it is shown again
located as (

    select
        described_column.table_name,
        described_column.column_name,
        described_column.column_index,
        described_column.data_type,
        described_column.comment,
        described_column.table_comment,
        sql_file.file_name,
        sql_file.grain,
        sql_file.layers,
        key_part.column_name is not null as is_key,
        first_value(described_column.table_name) over (
            partition by described_column.column_name, described_column.comment
            order by sql_file.file_name
        ) as origin,
        -- an id means a row of the first table that has it for its whole key
        min(sql_file.file_name || ' ' || described_column.table_name) filter (
            where key_part.part_count = 1 and described_column.column_name like '%\_id' escape '\'
        ) over (partition by described_column.column_name) as key_place
    from described_column
    left join core.sql_file as sql_file on described_column.table_name = sql_file.table_name
    left join key_part
        on
            described_column.table_name = key_part.table_name
            and described_column.column_name = key_part.column_name

),

referred as (

    select
        *,
        case when column_name = 'night_date' then 'night' else split_part(key_place, ' ', 2) end as key_table
    from located

)

select
    referred.table_name,
    referred.column_name,
    cast(referred.column_index as integer) as column_number,
    referred.data_type as type,
    -- the unit stands in brackets in the comment; [1] says that there is none
    case
        when regexp_matches(referred.comment, '\[[^\]]+\]')
            then regexp_extract(referred.comment, '\[([^\]]+)\]', 1)
        when referred.column_name like '%\_count' escape '\' then 'count'
        -- a position in an order
        when referred.column_name like '%\_number' escape '\' then '1'
        when referred.column_name like '%\_year' escape '\' then 'year'
    end as unit,
    referred.comment as description,
    referred.is_key,
    case
        when referred.key_table != referred.table_name
            then referred.key_table || '.' || referred.column_name
    end as reference,
    case
        when referred.data_type like 'ENUM(%'
            then replace(regexp_extract(referred.data_type, '^ENUM\((.*)\)$', 1), '''', '')
        when referred.data_type = 'BOOLEAN' then 'true, false'
        when referred.column_name like '%\_frac' escape '\' then '0 to 1'
        when referred.column_name like '%\_pct' escape '\' then '0 to 100'
        when referred.column_name like '%\_count' escape '\' then 'whole numbers from 0'
    end as allowed_values,
    case
        when referred.is_key then 'never empty'
        else coalesce(
            nullif(regexp_extract(referred.comment, '\b[Ee]mpty ([^;.\[\]]*[^;.\[\] ])', 1), ''),
            'not known, or not measured'
        )
    end as null_means,
    column_trap.trap,
    peer_name.ggir_name,
    peer_name.nsrr_name,
    peer_name.plmscore_name,
    referred.file_name as source_file,
    referred.grain as table_grain,
    array_to_string(referred.layers, ', ') as table_layers,
    referred.table_comment as table_description
from referred
left join peer_name
    on
        referred.column_name = peer_name.column_name
        and referred.origin = peer_name.table_name
        -- an index of the electromyogram lends its names to no other table
        and (peer_name.plmscore_name is null or referred.table_name = peer_name.table_name)
left join column_trap
    on
        referred.origin = column_trap.table_name
        and referred.column_name = column_trap.column_name
order by referred.table_name, column_number;

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
