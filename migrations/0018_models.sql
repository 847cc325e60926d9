-- Which models a tenant lets its agents run on.

alter table tenants
  add column allowed_models text[] not null default '{}',
  add column default_model text,
  add constraint tenants_default_model check (allowed_models = '{}' or default_model is null or default_model = any (allowed_models));

comment on column tenants.allowed_models is 'Empty is every model.';

-- Of the transaction's tenant.
create function tenant_models_change(p_allowed text[], p_default text) returns void
language sql security definer set search_path = public, pg_temp
as $$
  update tenants set allowed_models = p_allowed, default_model = p_default where id = app_tenant()
$$;

select settle_definer_functions();

grant update (allowed_models, default_model) on tenants to tenantry_definer;
grant execute on function tenant_models_change(text[], text) to tenantry_app;
