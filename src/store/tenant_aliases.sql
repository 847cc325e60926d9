-- Slugs that a tenant ($1) had, the latest first.
select slug, until
from tenant_slug_aliases
where tenant_id = $1
order by until desc, slug
