select number, published_at, published_by
from branding_versions
where tenant_id = $1
order by number desc
