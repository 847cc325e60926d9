-- Agents by name, after the name $1, at most $2.
select id, name, model, department, cost_center, active, created_at, updated_at
from agents
where $1::text is null
   or lower(name) collate "C" > lower($1)
order by lower(name) collate "C"
limit $2
