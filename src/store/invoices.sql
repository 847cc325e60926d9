-- Invoices of a tenant ($1), the newest $2.
select number, series, period, issued_at, due_on, total_usd
from invoices
where tenant_id = $1
order by number desc
limit $2
