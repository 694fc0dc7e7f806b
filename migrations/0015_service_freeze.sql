-- The switch for everybody: while its one row is there, nothing is written at vendors for any partner, not even for one who is
-- added later.
create table service_freeze (
    is_on boolean primary key default true check (is_on),
    frozen_at timestamptz not null default now(),
    reason text not null
);
comment on table service_freeze is 'There is a row while nothing is written at vendors for any partner.';
comment on column service_freeze.is_on is 'There is at most one row.';
comment on column service_freeze.frozen_at is 'Since when.';
comment on column service_freeze.reason is 'Why, in the operator''s words; shown to people of every partner.';

-- It is about nobody in particular, so everybody may read it; only an operator's command writes it.
alter table service_freeze enable row level security;
alter table service_freeze force row level security;
create policy everybody on service_freeze for select using (true);
select allow_across('service_freeze', 'operator', 'insert');
select allow_across('service_freeze', 'operator', 'delete');
do $$
begin
    execute format('create policy owner on service_freeze to %I using (true) with check (true)', current_user);
end $$;
revoke update on service_freeze from worryfree_app;
