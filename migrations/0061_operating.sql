-- What an operator is shown, and what is kept for how long.

-- metrics: numbers of everybody's work, without names, ids or contents.
select allow_across('job', 'metrics', 'select');
select allow_across('operation', 'metrics', 'select');
select allow_across('integration', 'metrics', 'select');
select allow_across('partner', 'metrics', 'select');
select allow_across('connection', 'metrics', 'select');
select allow_across('inventory_part', 'metrics', 'select');
select allow_across('inventory_refresh', 'metrics', 'select');

-- upkeep: removes imports and records of what happened when they are older than the operator wants them kept.
select allow_across('import', 'upkeep', 'select');
select allow_across('import', 'upkeep', 'delete');
select allow_across('operation', 'upkeep', 'select');
select allow_across('operation_log', 'upkeep', 'select');
select allow_across('operation_log', 'upkeep', 'delete');
select allow_across('link', 'upkeep', 'select');

-- Few integrations are under way at any time, among all that ever were.
create index integration_under_way on integration (status) where status not in ('stopped', 'finished');
create index integration_ended on integration (finished_at) where finished_at is not null;
create index operation_log_age on operation_log (at);
