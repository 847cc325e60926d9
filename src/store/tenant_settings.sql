select
  t.name, t.require_second_factor, t.allowed_models, t.default_model,
  (select count(*) from members m where m.tenant_id = t.id) as "members!",
  (select count(*) from members m where m.tenant_id = t.id and second_factor_since(m.user_id) is not null) as "with_second_factor!"
from tenants t
where t.id = $1
