-- Several filters at once: while the list is read in its order, what is not full enough or in another state is passed over in the index, without
-- looking at its row.

drop index tenant_summaries_name;
drop index tenant_summaries_plan_name;
drop index tenant_summaries_status_name;
create index tenant_summaries_name on tenant_summaries (name_sort, tenant_id, peak_percent, status);
create index tenant_summaries_plan_name on tenant_summaries (plan_position, name_sort, tenant_id, peak_percent, status);
create index tenant_summaries_status_name on tenant_summaries (status, name_sort, tenant_id, peak_percent);

-- A plan and its place in the catalogue say the same twice: asked for both, the planner would expect a sixth of what there is.
create statistics tenant_summaries_plans (dependencies) on plan_position, plan_id from tenant_summaries;
