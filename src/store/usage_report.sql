-- What a tenant ($1) used from $2 to $3, beside what it used from $4 to $5: by day, by meter, and by each of $6 (model, agent, cost_center),
-- of which the $7 largest. One statement, for a page shows all of it; `part` says what a line is about.
select
  x.part as "part!", x.day, x.name as "name!", x.label, x.kind, x.unit, x.department, x.amount, x.before, x.tokens as "tokens!",
  x.cost as "cost!", x.cost_before as "cost_before!"
from (
  select
    'day' as part, d::date - $2::date as n, d::date as day, '' as name, null as label, null as kind, null as unit, null as department,
    coalesce(sum(u.amount) filter (where u.meter = 'messages'), 0)::bigint as amount, null::bigint as before,
    coalesce(sum(u.amount) filter (where u.meter = 'tokens'), 0)::bigint as tokens,
    coalesce(sum(u.cost_usd), 0) as cost, 0 as cost_before
  from generate_series($2::date, $3::date, interval '1 day') d
  left join usage_days u on u.tenant_id = $1 and u.day = d::date
  group by d
  union all
  -- Of what is not counted up, the highest level.
  select
    'meter', m.position, null, m.key, m.label, m.kind, m.unit, null,
    (case m.kind
      when 'metered' then sum(u.amount) filter (where u.day >= $2)
      else max(u.amount) filter (where u.day >= $2) end)::bigint,
    (case m.kind
      when 'metered' then sum(u.amount) filter (where u.day < $2)
      else max(u.amount) filter (where u.day < $2) end)::bigint,
    0, coalesce(sum(u.cost_usd) filter (where u.day >= $2), 0), coalesce(sum(u.cost_usd) filter (where u.day < $2), 0)
  from meters m
  join usage_days u on u.tenant_id = $1
    and u.meter = m.key
    and (u.day between $2 and $3 or u.day between $4 and $5)
  group by m.key, m.label, m.kind, m.unit, m.position
  union all
  select
    s.part, s.n::int, null, s.name, null, null, null,
    case when s.part = 'cost_center' and s.name <> '' then (
      select string_agg(distinct a.department, ', ' order by a.department)
      from agents a
      where a.tenant_id = $1 and a.cost_center = s.name) end,
    s.messages, null, s.tokens, s.cost, s.cost_before
  from (
    select b.*, row_number() over (partition by b.part order by b.cost desc, b.tokens desc, b.name) as n
    from (
      select
        p.part,
        case p.part when 'model' then b.model when 'agent' then b.agent else b.cost_center end as name,
        coalesce(sum(b.amount) filter (where b.meter = 'tokens' and b.day >= $2), 0)::bigint as tokens,
        coalesce(sum(b.amount) filter (where b.meter = 'messages' and b.day >= $2), 0)::bigint as messages,
        coalesce(sum(b.cost_usd) filter (where b.day >= $2), 0) as cost,
        coalesce(sum(b.cost_usd) filter (where b.day < $2), 0) as cost_before
      from usage_breakdowns b
      cross join unnest($6::text[]) p (part)
      where b.tenant_id = $1
        and (b.day between $2 and $3 or b.day between $4 and $5)
      group by 1, 2
      having bool_or(b.day >= $2)
    ) b
  ) s
  where s.n <= $7
) x
order by x.part, x.n, x.name
