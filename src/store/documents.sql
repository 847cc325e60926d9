-- Documents newest first, after the document $1, at most $2.
select id, name, content_type, size_bytes, created_by, created_at
from documents
where $1::uuid is null
   or id < $1
order by id desc
limit $2
