-- What is wrong with the tables: one row per finding (rule, severity, key), errors first; no row of severity `error` means healthy.
-- Engine: Athena 3 / Trino. Parameters: none. The state machine runs it after every load, as the prepared statement validate_orders.
with
products as (select * from "ecom_catalog"."products"),
orders as (select * from "ecom_catalog"."orders"),
order_items as (select * from "ecom_catalog"."order_items"),
ingestion_log as (select * from "ecom_catalog"."ingestion_log"),
rejected_records as (select * from "ecom_catalog"."rejected_records"),
held_order_items as (select * from "ecom_catalog"."held_order_items"),
repeated_keys as (
    select 'product_id is unique' as rule, product_id as key from products group by product_id having count(*) > 1
    union all
    select 'order_id is unique' as rule, order_id as key from orders group by order_id having count(*) > 1
    union all
    select 'order item id is unique' as rule, id as key from order_items group by id having count(*) > 1
),
missing_values as (
    select 'a product has its id' as rule, product_id as key from products where product_id is null
    union all
    select 'an order has its id, timestamp and amount' as rule, order_id as key
    from orders where order_id is null or order_timestamp is null or total_amount is null
    union all
    select 'an item has its ids and timestamp' as rule, id as key
    from order_items where id is null or order_id is null or product_id is null or order_timestamp is null
),
misplaced_rows as (
    select 'an order lies in the partition of its day' as rule, order_id as key
    from orders where "date" <> cast(order_timestamp at time zone 'UTC' as date)
    union all
    select 'an item lies in the partition of its day' as rule, id as key
    from order_items where "date" <> cast(order_timestamp at time zone 'UTC' as date)
),
items_without_product as (
    select 'an item has its product' as rule, i.id as key
    from order_items as i
    left join products as p on i.product_id = p.product_id
    where i.product_id is not null and p.product_id is null
),
items_without_order as (
    select 'an item has its order' as rule, i.id as key
    from order_items as i
    left join orders as o on i.order_id = o.order_id
    where i.order_id is not null and o.order_id is null
),
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
-- As in accounting.sql.
unaccounted_rows as (
    select
        'every row read is accounted for' as rule,
        concat(l.upload_id, ' ', coalesce(l.dataset, ''), ' ', coalesce(l.sheet, '')) as key
    from ingestion_log as l
    left join rejects as r on l.upload_id = r.upload_id and l.dataset = r.dataset and l.sheet = r.sheet
    left join waiting as w on l.upload_id = w.upload_id and l.dataset = 'order_items' and l.sheet = w.sheet
    where
        l.rows_read <> l.merged + l.unchanged + l.rejected + l.held + l.duplicates
        or l.merged <> l.inserted + l.updated
        or l.rejected <> coalesce(r.records, 0)
        or l.held <> coalesce(w.records, 0)
),
findings as (
    select rule, 'error' as severity, cast(key as varchar) as key from repeated_keys
    union all
    select rule, 'error' as severity, cast(key as varchar) as key from missing_values
    union all
    select rule, 'error' as severity, cast(key as varchar) as key from misplaced_rows
    union all
    select rule, 'error' as severity, cast(key as varchar) as key from items_without_product
    union all
    select rule, 'error' as severity, key from unaccounted_rows
    union all
    select rule, 'warning' as severity, cast(key as varchar) as key from items_without_order
)
select rule, severity, key
from findings
order by severity, rule, key
