-- What was not loaded, and why: one row per dataset, file, reason and day; a row of a source with two reasons counts under both.
-- Engine: Athena 3 / Trino. Parameters: none.
with
rejected_records as (select * from "ecom_catalog"."rejected_records"),
reasons as (
    select r.dataset, r.source_key, r.load_date, r.outcome, r.resolved_at, r.raw, reason_code
    from rejected_records as r
    cross join unnest(r.reason_codes) as u (reason_code)
)
select
    dataset,
    source_key,
    reason_code,
    load_date,
    outcome,
    count(*) as records,
    count_if(resolved_at is null) as unresolved,
    min(raw) as example
from reasons
group by dataset, source_key, reason_code, load_date, outcome
order by dataset, source_key, records desc, reason_code, load_date
