-- ----------------------------------------------------------------------------
-- 490_data_dictionary: what every column of this warehouse means
--
-- Grain    one row per table_name, column_name
-- Reads    duckdb_columns(), duckdb_tables()
-- Writes   data_dictionary
-- Source   comments of the tables and columns themselves; names of peers: PLMScoRe,
--          R/lm_output.R; MESA and MrOS, sleepdata.org
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

),

-- LMtype and Statistic of PLMScoRe, and variables of cohorts of the National Sleep
-- Research Resource, which has no harmonised one: definition and device differ.
-- Only of the electromyogram: no index of acceleration is the same as one of these.
peer_name as (

    select
        'leg_movement_report' as table_name,
        named.column_name,
        named.plmscore_name,
        named.nsrr_name
    from (
        values
        ('state', 'TIB, TST, Wake, NREM, N1, N2, N3, REM', null),
        ('state_h', 'Sleep/Wake duration; s', null),
        ('clm_count', 'CLM number', null),
        ('noncandidate_count', 'nonCLM number', null),
        ('plm_count', 'PLM number', 'noplm5 (MESA), poplmslp (MrOS) in sleep; plmwake5 (MESA) in wake'),
        ('plm_left_count', 'l_PLM number', null),
        ('plm_right_count', 'r_PLM number', null),
        ('plm_both_count', 'b_PLM number', null),
        ('plm_without_respiratory_count', 'PLMnr number', null),
        ('plm_arousal_count', 'PLMa number', null),
        ('clm_respiratory_count', 'CLMr number', null),
        ('clm_per_h', 'CLM no./hour', null),
        (
            'plm_per_h',
            'PLM no./hour',
            'avgplm5 (MESA), poavgplm (MrOS) in sleep; avgnplm5 in nrem, avgrplm5 in r (MESA)'
        ),
        ('plm_without_respiratory_per_h', 'PLMnr no./hour', null),
        ('plm_arousal_per_h', 'PLMa no./hour', 'avgplma5 (MESA), poavplma (MrOS) in sleep'),
        ('clm_respiratory_per_h', 'CLMr no./hour', null),
        ('clm_mean_duration_s', 'CLM duration; mean', null),
        ('plm_mean_duration_s', 'PLM duration; mean', null),
        ('periodicity_movement_index', 'PI', null),
        ('imi_short_count', 'IMI <10s; number', null),
        ('imi_periodic_count', 'IMI 10-90s; number', null),
        ('imi_long_count', 'IMI >90s; number', null)
    ) as named (column_name, plmscore_name, nsrr_name)

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
    peer_name.plmscore_name,
    peer_name.nsrr_name,
    described_column.table_comment as table_description
from described_column
left join peer_name
    on
        described_column.table_name = peer_name.table_name
        and described_column.column_name = peer_name.column_name
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
comment on column data_dictionary.plmscore_name is
'LMtype and Statistic of PLMScoRe for the same number; empty where it has none.';
comment on column data_dictionary.nsrr_name is
'Variables of the National Sleep Research Resource to compare with, by state; definition and device differ.';
comment on column data_dictionary.table_description is 'What one row of the table is about.';
