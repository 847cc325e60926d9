-- How full each limit is, beside how full the fullest is: who asks for tokens past 80 % passes over those whose agents are, in the index. By rows
-- it was a thousand that were looked at and not shown.

alter table tenant_summaries
  add column agents_percent int generated always as (percent_of(agents, agents_quota)) stored,
  add column tokens_percent int generated always as (percent_of(tokens, tokens_quota)) stored,
  add column storage_percent int generated always as (percent_of(storage_bytes, storage_quota)) stored,
  add column cost_percent int generated always as (percent_of(cost_usd, budget_usd)) stored;

drop index tenant_summaries_peak;
create index tenant_summaries_peak on tenant_summaries (
  peak_percent, tenant_id, plan_position, status, tokens_percent, agents_percent, storage_percent, cost_percent);
