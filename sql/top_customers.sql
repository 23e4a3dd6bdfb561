-- The ten customers who spent most: one row per user_id, highest total first.
-- Engine: Athena 3 / Trino. Parameters: none.
with
orders as (select * from "ecom_catalog"."orders"),
customers as (
    select
        user_id,
        count(*) as orders,
        sum(total_amount) as total_spent,
        cast(avg(total_amount) as decimal(12, 2)) as average_order,
        min("date") as first_order_on,
        max("date") as last_order_on
    from orders
    group by user_id
)
select user_id, orders, total_spent, average_order, first_order_on, last_order_on
from customers
order by total_spent desc, user_id
limit 10
