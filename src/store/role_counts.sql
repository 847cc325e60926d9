select role, count(*) as "count!"
from members
group by role
