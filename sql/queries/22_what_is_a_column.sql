-- What does a column mean, and in which unit is it?

select
    table_name,
    column_name,
    unit,
    description
from data_dictionary
where column_name like '%periodicity%'
order by table_name, column_name;
