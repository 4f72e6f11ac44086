-- How many participants and nights are analysed, and why not the others?

select
    stage,
    reason,
    participant_count,
    night_count
from attrition
order by stage_number asc, is_in desc, night_count desc;
