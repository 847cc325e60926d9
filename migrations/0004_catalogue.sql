-- The default catalogue: meters, features, four plans in their first version.

insert into meters (key, label, kind, unit, period, position) values
  ('agents', 'Agents', 'allocated', 'count', null, 1),
  ('members', 'Members', 'allocated', 'count', null, 2),
  ('tokens', 'Tokens', 'metered', 'count', 'month', 3),
  ('storage', 'Storage', 'allocated', 'bytes', null, 4),
  ('messages', 'Messages', 'metered', 'count', 'month', 5),
  ('api_calls', 'API calls a day', 'metered', 'count', 'day', 6),
  ('api_rate', 'API calls a minute', 'rate', 'count', 'minute', 7),
  ('sessions', 'Concurrent sessions', 'concurrent', 'count', null, 8);

insert into features (key, label, position) values
  ('workflows', 'Workflows', 1),
  ('knowledge-base', 'Knowledge base', 2),
  ('webhooks', 'Webhooks', 3),
  ('custom-branding', 'Custom branding', 4),
  ('custom-domains', 'Custom domains', 5),
  ('advanced-analytics', 'Advanced analytics', 6),
  ('sso', 'Single sign-on', 7),
  ('custom-models', 'Custom models', 8),
  ('dedicated-database', 'Dedicated database', 9),
  ('priority-support', 'Priority support', 10);

insert into plans (key, name, position) values
  ('free', 'Free', 1),
  ('starter', 'Starter', 2),
  ('pro', 'Pro', 3),
  ('enterprise', 'Enterprise', 4);

insert into plan_versions (plan_id, version, price_usd)
select p.id, 1, price
from plans p
join (values ('free', 0.00), ('starter', 19.00), ('pro', 49.00), ('enterprise', 499.00)) as c (key, price) on c.key = p.key;

insert into plan_entitlements (plan_version_id, meter, quota, overage_price_usd, overage_per)
select
  v.id, c.meter, c.quota,
  case when p.key <> 'free' and c.meter = 'tokens' then 10 when p.key <> 'free' and c.meter = 'storage' then 0.10 end,
  case when p.key <> 'free' and c.meter = 'tokens' then 1000000 when p.key <> 'free' and c.meter = 'storage' then 1000000000 end
from plan_versions v
join plans p on p.id = v.plan_id
join (values
  ('free', 'agents', 5), ('starter', 'agents', 10), ('pro', 'agents', 100), ('enterprise', 'agents', null),
  ('free', 'members', 5), ('starter', 'members', 10), ('pro', 'members', 25), ('enterprise', 'members', null),
  ('free', 'tokens', 1000000), ('starter', 'tokens', 5000000), ('pro', 'tokens', 50000000), ('enterprise', 'tokens', null),
  ('free', 'storage', 1000000000), ('starter', 'storage', 10000000000), ('pro', 'storage', 100000000000), ('enterprise', 'storage', 5000000000000),
  ('free', 'messages', 10000), ('starter', 'messages', 50000), ('pro', 'messages', 1000000), ('enterprise', 'messages', null),
  ('free', 'api_calls', 1000), ('starter', 'api_calls', 10000), ('pro', 'api_calls', 50000), ('enterprise', 'api_calls', 1000000),
  ('free', 'api_rate', 100), ('starter', 'api_rate', 500), ('pro', 'api_rate', 5000), ('enterprise', 'api_rate', 20000),
  ('free', 'sessions', 5), ('starter', 'sessions', 25), ('pro', 'sessions', 100), ('enterprise', 'sessions', 1000)
) as c (plan, meter, quota) on c.plan = p.key;

insert into plan_features (plan_version_id, feature)
select v.id, f.key
from plan_versions v
join plans p on p.id = v.plan_id
join features f on f.position <= case p.key when 'free' then 1 when 'starter' then 2 when 'pro' then 6 else 10 end;
