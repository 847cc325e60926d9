-- Branding: how a tenant's portal, sign-in page and mails look. One draft a tenant; what is published is a numbered version that never
-- changes, and one of them is in use.

-- `look` is name, accent, images and sign-in text: small, read with every page. `css` and `mails` are read where they are used.
create table branding_versions (
  tenant_id uuid not null,
  number int not null,
  look jsonb not null,
  css text,
  mails jsonb not null,
  published_at timestamptz not null default now(),
  published_by text not null,
  constraint branding_versions_pkey primary key (tenant_id, number),
  constraint branding_versions_tenant foreign key (tenant_id) references tenants (id),
  constraint branding_versions_number check (number > 0),
  constraint branding_versions_css_size check (octet_length(css) <= 16384)
);

-- The draft, and which version is in use; null is the platform's look.
create table brandings (
  tenant_id uuid not null,
  look jsonb not null,
  css text,
  mails jsonb not null,
  revision bigint not null default 0,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  version int,
  last_version int not null default 0,
  constraint brandings_pkey primary key (tenant_id),
  constraint brandings_tenant foreign key (tenant_id) references tenants (id),
  constraint brandings_version foreign key (tenant_id, version) references branding_versions (tenant_id, number),
  constraint brandings_css_size check (octet_length(css) <= 16384)
);

comment on column brandings.revision is 'Grows with every change: a form carries the one that it showed.';
comment on column brandings.last_version is 'Numbers are not given twice, also when an old version is forgotten.';

-- Decoded and written anew as PNG before they come here. Random ids: who knows one of a published look may see it.
create table brand_images (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  content bytea not null,
  width int not null,
  height int not null,
  created_at timestamptz not null default now(),
  constraint brand_images_pkey primary key (tenant_id, id),
  constraint brand_images_tenant foreign key (tenant_id) references tenants (id),
  constraint brand_images_size check (octet_length(content) <= 2097152)
);

select protect_tenant_rows(t::regclass) from unnest(array['branding_versions', 'brandings', 'brand_images']) t;

-- What is shown: the version in use, where the plan has branding. A smaller plan shows the platform's look and deletes nothing.
create view shown_brandings with (security_invoker = true) as
select b.tenant_id, b.version, v.look, v.css, v.mails
from brandings b
join branding_versions v on v.tenant_id = b.tenant_id and v.number = b.version
join tenants t on t.id = b.tenant_id
join plan_features f on f.plan_version_id = t.plan_version_id and f.feature = 'custom-branding';

-- What anybody may know of a host: the tenant's name, colour and look, for its sign-in page.
create function tenant_of_host(p_slug text)
returns table (slug text, name text, accent text, look jsonb)
language sql stable security definer set search_path = public, pg_temp
as $$
  select t.slug, t.name, t.accent, b.look
  from tenants t
  left join shown_brandings b on b.tenant_id = t.id
  where t.slug = p_slug and life_allows(t.status, 'domain')
$$;

-- An image of the look in use, for everybody: it stands on the sign-in page.
create function brand_image_of_host(p_slug text, p_image uuid) returns bytea
language sql stable security definer set search_path = public, pg_temp
as $$
  select i.content
  from tenants t
  join shown_brandings b on b.tenant_id = t.id
  join brand_images i on i.tenant_id = t.id
  where t.slug = p_slug
    and life_allows(t.status, 'domain')
    and i.id = p_image
    and i.id::text in (b.look->>'logo_light', b.look->>'logo_dark', b.look->>'favicon')
$$;

-- The row of the transaction's tenant is there afterwards, with an empty draft if it was not.
create function branding_begin(p_by text) returns void
language sql security definer set search_path = public, pg_temp
as $$
  insert into brandings (tenant_id, look, mails, changed_by)
  select app_tenant(), '{}', '{}', p_by
  where app_tenant() is not null
  on conflict on constraint brandings_pkey do nothing
$$;

-- Queues the look-up too: who asks learns nothing, not even from the time that the answer takes. With the tenant at whose host it was: the mail
-- is in its look, if the person is a member there.
create function reset_ask(p_email text, p_origin text, p_slug text) returns void
language sql security definer set search_path = public, pg_temp
as $$
  insert into jobs (kind, payload, run_at)
  values ('password_reset', jsonb_build_object('email', p_email, 'origin', p_origin, 'slug', p_slug), now())
$$;

select settle_definer_functions();

grant select, update on brandings to tenantry_app;
grant insert on brandings to tenantry_definer;
grant select, insert, delete on branding_versions, brand_images to tenantry_app;
grant select on brandings, branding_versions, brand_images, shown_brandings to tenantry_platform, tenantry_definer;
grant select on shown_brandings to tenantry_app;
grant execute on function tenant_of_host(text), brand_image_of_host(text, uuid), branding_begin(text), reset_ask(text, text, text) to tenantry_app;
