-- Row security: a transaction sees and writes the rows of one partner, the one named in app.partner_id. Whoever forgets to name
-- one sees nothing. The service works as worryfree_app, which owns nothing and is held to all of this.

do $$
begin
    create role worryfree_app nologin nosuperuser nocreatedb nocreaterole nobypassrls noreplication;
exception when duplicate_object or unique_violation then
    -- Another database of the server, or whoever administers it, has made it before.
    null;
end $$;

do $$
begin
    -- Whoever migrates may also run the service, by SET ROLE.
    execute format('grant worryfree_app to %I', current_user);
exception when insufficient_privilege then
    -- The role is somebody else's: whoever administers the server says who may work as it.
    null;
end $$;

revoke create on schema public from public;
grant usage on schema public to worryfree_app;
grant select, insert, update, delete on all tables in schema public to worryfree_app;
do $$
begin
    -- Not there where the schema is laid by hand.
    if to_regclass('_sqlx_migrations') is not null then
        revoke insert, update, delete on _sqlx_migrations from worryfree_app;
    end if;
end $$;
-- Tables to come are used alike; a migration that wants less revokes it.
alter default privileges in schema public grant select, insert, update, delete on tables to worryfree_app;

-- Every migration that makes a table with partner_id calls this on it; checks/tenancy.sql finds those that forget.
create function protect(tenant_table regclass) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', tenant_table);
    execute format('alter table %s force row level security', tenant_table);
    -- The sub-select makes the planner read the setting once for each statement instead of once for each row. After a transaction
    -- the setting is an empty text, not null.
    execute format('create policy partner on %s
        using (partner_id = (select nullif(current_setting(''app.partner_id'', true), '''')::uuid))
        with check (partner_id = (select nullif(current_setting(''app.partner_id'', true), '''')::uuid))', tenant_table);
    -- Migrations change the rows of all partners. They are the owner's; the service never works as the owner.
    execute format('create policy owner on %s to %I using (true) with check (true)', tenant_table, current_user);
end $$;

-- A named way across partners: one command on one table for one purpose, which a transaction states in app.across.
create function allow_across(tenant_table regclass, purpose text, command text) returns void language plpgsql as $$
declare
    stated text := format('(select current_setting(''app.across'', true)) = %L', purpose);
begin
    execute format('create policy %I on %s for %s %s', 'across_' || purpose || '_' || command, tenant_table, command,
        case command when 'insert' then format('with check (%s)', stated)
                     when 'update' then format('using (%s) with check (%s)', stated, stated)
                     else format('using (%s)', stated) end);
end $$;

revoke execute on function protect(regclass), allow_across(regclass, text, text) from public;

select protect(format('%I', c.relname)::regclass)
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'partner_id' and not a.attisdropped;

-- door: who comes is known by a secret or by a public key, and only the row found says of which partner. Reads nothing but the
-- tables in which that is looked up; everything after it is done in a transaction of the partner found.
select allow_across('partner', 'door', 'select');
select allow_across('api_token', 'door', 'select');
select allow_across('screen_session', 'door', 'select');

-- jobs: a worker takes the next job whoever it is for, and turns are fair only to those who see everybody's. The job itself is
-- then done in transactions of its partner.
select allow_across('job', 'jobs', 'select');
select allow_across('job', 'jobs', 'update');

-- upkeep: what is due is due for everybody. It queues refreshes, says of integrations that nobody works on that they are halted,
-- and removes what has ended; it reads no names, no credentials' contents and no results.
select allow_across('partner', 'upkeep', 'select');
select allow_across('connection', 'upkeep', 'select');
select allow_across('inventory_refresh', 'upkeep', 'select');
select allow_across('integration', 'upkeep', 'select');
select allow_across('integration', 'upkeep', 'update');
select allow_across('job', 'upkeep', 'select');
select allow_across('job', 'upkeep', 'insert');
select allow_across('job', 'upkeep', 'delete');
select allow_across('screen_session', 'upkeep', 'select');
select allow_across('screen_session', 'upkeep', 'delete');
select allow_across('sign_in_link', 'upkeep', 'select');
select allow_across('sign_in_link', 'upkeep', 'delete');
select allow_across('idempotency_key', 'upkeep', 'select');
select allow_across('idempotency_key', 'upkeep', 'delete');

-- operator: `partner list` and finding a partner by name, on the machine itself. Reading only: what is changed is changed in a
-- transaction of its partner.
select allow_across('partner', 'operator', 'select');
select allow_across('connection', 'operator', 'select');
select allow_across('link', 'operator', 'select');
