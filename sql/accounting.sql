-- Where rows got lost: one row per sheet of an upload whose account does not add up. No row proves that every row that was read
-- is in its table, among the rejects, among those that wait, or a duplicate.
-- Engine: Athena 3 / Trino. Parameters: none. validate_orders has the same rule, so the state machine proves it after every load.
with
ingestion_log as (select * from "ecom_catalog"."ingestion_log"),
rejected_records as (select * from "ecom_catalog"."rejected_records"),
held_order_items as (select * from "ecom_catalog"."held_order_items"),
rejects as (
    select upload_id, dataset, sheet, count(*) as records
    from rejected_records
    where outcome = 'REJECT'
    group by upload_id, dataset, sheet
),
waiting as (
    select _upload_id as upload_id, sheet, count(*) as records
    from held_order_items
    group by _upload_id, sheet
),
accounts as (
    select
        l.upload_id,
        l.dataset,
        l.sheet,
        l.source_key,
        l.rows_read,
        l.merged + l.unchanged + l.rejected + l.held + l.duplicates as rows_accounted_for,
        l.merged,
        l.inserted + l.updated as inserted_or_updated,
        l.rejected,
        coalesce(r.records, 0) as rejected_records,
        l.held,
        coalesce(w.records, 0) as held_records
    from ingestion_log as l
    left join rejects as r on l.upload_id = r.upload_id and l.dataset = r.dataset and l.sheet = r.sheet
    left join waiting as w on l.upload_id = w.upload_id and l.dataset = 'order_items' and l.sheet = w.sheet
)
select
    upload_id,
    dataset,
    sheet,
    source_key,
    rows_read,
    rows_accounted_for,
    merged,
    inserted_or_updated,
    rejected,
    rejected_records,
    held,
    held_records
from accounts
where
    rows_read <> rows_accounted_for
    or merged <> inserted_or_updated
    or rejected <> rejected_records
    or held <> held_records
order by upload_id, dataset, sheet
