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

-- looked up and not joined: a dozen joins of a few rows would want more memory than the whole build
place as (

    select
        map_from_entries(list((table_name, file_name))) as file_of,
        map_from_entries(list((table_name, grain))) as grain_of,
        map_from_entries(list((table_name, array_to_string(layers, ', ')))) as layers_of
    from core.sql_file

),

meant_table as (

    select map_from_entries(list((table_name, comment))) as meaning_of
    from duckdb_tables()
    where database_name = current_database() and schema_name = 'main'

),

key_part as (

    select
        table_name,
        len(constraint_column_names) as part_count,
        unnest(constraint_column_names) as column_name
    from duckdb_constraints()
    where database_name = current_database() and constraint_type = 'PRIMARY KEY'

),

-- an id means a row of the first table that has it for its whole key
whole_key as (

    select
        key_part.column_name,
        arg_min(key_part.table_name, place.file_of[key_part.table_name]) as table_name
    from key_part
    cross join place
    where key_part.part_count = 1 and key_part.column_name like '%\_id' escape '\'
    group by key_part.column_name

),

key_place as (

    select list(table_name || '.' || column_name) as parts
    from key_part

),

reference as (

    select map_from_entries(list((column_name, table_name))) as table_of
    from whole_key

),

trap as (

    select map_from_entries(list((table_name || '.' || column_name, trap))) as trap_of
    from column_trap

),

peer as (

    select
        map_from_entries(list((table_name || '.' || column_name, ggir_name))) as ggir_name_of,
        map_from_entries(list((table_name || '.' || column_name, nsrr_name))) as nsrr_name_of,
        map_from_entries(list((table_name || '.' || column_name, plmscore_name))) as plmscore_name_of
    from peer_name

),

described_column as (

    select
        columns.table_name,
        columns.column_name,
        columns.column_index,
        columns.data_type,
        columns.comment,
        place.file_of[columns.table_name] as source_file
    from duckdb_columns() as columns
    cross join place
    where
        columns.database_name = current_database()
        and columns.schema_name = 'main'
        and columns.table_name != 'data_dictionary'

),

-- what is said of a column where it has its origin is true where it is shown again
first_said as (

    select
        column_name || ' ' || comment as said,
        arg_min(table_name, source_file) || '.' || column_name as origin
    from described_column
    where comment is not null
    group by column_name, comment

),

origin as (

    select map_from_entries(list((said, origin))) as origin_of
    from first_said

),

located as (

    select
        described_column.*,
        origin.origin_of[described_column.column_name || ' ' || described_column.comment] as origin,
        described_column.table_name || '.' || described_column.column_name as place,
        case
            when described_column.column_name = 'night_date' then 'night'
            else reference.table_of[described_column.column_name]
        end as key_table,
        coalesce(
            list_contains(
                key_place.parts, described_column.table_name || '.' || described_column.column_name
            ),
            false
        ) as is_key
    from described_column
    cross join origin
    cross join key_place
    cross join reference

)

select
    located.table_name,
    located.column_name,
    cast(located.column_index as integer) as column_number,
    located.data_type as type,
    -- the unit stands in brackets in the comment; [1] says that there is none
    case
        when regexp_matches(located.comment, '\[[^\]]+\]')
            then regexp_extract(located.comment, '\[([^\]]+)\]', 1)
        when located.column_name like '%\_count' escape '\' then 'count'
        -- a position in an order
        when located.column_name like '%\_number' escape '\' then '1'
        when located.column_name like '%\_year' escape '\' then 'year'
    end as unit,
    located.comment as description,
    located.is_key,
    case
        when located.key_table != located.table_name
            then located.key_table || '.' || located.column_name
    end as reference,
    case
        when located.data_type like 'ENUM(%'
            then replace(regexp_extract(located.data_type, '^ENUM\((.*)\)$', 1), '''', '')
        when located.data_type = 'BOOLEAN' then 'true, false'
        when located.column_name like '%\_frac' escape '\' then '0 to 1'
        when located.column_name like '%\_pct' escape '\' then '0 to 100'
        when located.column_name like '%\_count' escape '\' then 'whole numbers from 0'
    end as allowed_values,
    case
        when located.is_key then 'never empty'
        else coalesce(
            nullif(regexp_extract(located.comment, '\b[Ee]mpty ([^;.\[\]]*[^;.\[\] ])', 1), ''),
            'not known, or not measured'
        )
    end as null_means,
    trap.trap_of[located.origin] as trap,
    peer.ggir_name_of[located.origin] as ggir_name,
    -- an index of the electromyogram lends its names to no other table
    case
        when peer.plmscore_name_of[located.origin] is null or located.origin = located.place
            then peer.nsrr_name_of[located.origin]
    end as nsrr_name,
    peer.plmscore_name_of[located.place] as plmscore_name,
    located.source_file,
    place.grain_of[located.table_name] as table_grain,
    place.layers_of[located.table_name] as table_layers,
    meant_table.meaning_of[located.table_name] as table_description
from located
cross join place
cross join meant_table
cross join trap
cross join peer
order by located.table_name, column_number;

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
