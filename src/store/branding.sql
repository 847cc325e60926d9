-- The draft of a tenant ($1), and what is published.
select
  b.look as "look?: Json<Look>", b.css as "css?", b.mails as "mails?: Json<Templates>", b.revision as "revision?",
  b.changed_at as "changed_at?", b.changed_by as "changed_by?", b.version as "version?",
  v.look as "published_look?: Json<Look>", v.css as "published_css?", v.mails as "published_mails?: Json<Templates>",
  exists (
    select from tenant_features f
    where f.tenant_id = t.id and f.feature = 'custom-branding' and f.enabled) as "allowed!"
from tenants t
left join brandings b on b.tenant_id = t.id
left join branding_versions v on v.tenant_id = t.id and v.number = b.version
where t.id = $1
