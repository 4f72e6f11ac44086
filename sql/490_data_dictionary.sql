-- ----------------------------------------------------------------------------
-- 490_data_dictionary: what every column of this warehouse means
--
-- Grain    one row per table_name, column_name
-- Reads    duckdb_columns(), duckdb_tables()
-- Writes   data_dictionary
-- Source   comments of the tables and columns themselves
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
        and columns.table_name != 'data_dictionary'

)

select
    table_name,
    column_name,
    cast(column_index as integer) as column_number,
    data_type as type,
    -- the unit stands in brackets in the comment; [1] says that there is none
    case
        when regexp_matches(comment, '\[[^\]]+\]') then regexp_extract(comment, '\[([^\]]+)\]', 1)
        when column_name like '%\_count' escape '\' then 'count'
        -- a position in an order
        when column_name like '%\_number' escape '\' then '1'
        when column_name like '%\_year' escape '\' then 'year'
    end as unit,
    comment as description,
    table_comment as table_description
from described_column
order by table_name, column_number;

alter table data_dictionary add primary key (table_name, column_name);

comment on table data_dictionary is 'Meaning, type and unit of every column of the other tables.';
comment on column data_dictionary.table_name is 'Table.';
comment on column data_dictionary.column_name is 'Column.';
comment on column data_dictionary.column_number is 'Position of the column in its table, from 1.';
comment on column data_dictionary.type is 'DuckDB type.';
comment on column data_dictionary.unit is
'Unit; 1 for a bare number, empty where the column is no measurement.';
comment on column data_dictionary.description is 'Meaning.';
comment on column data_dictionary.table_description is 'What one row of the table is about.';
