-- A database that is older than it was creates nothing until the vendors have been compared with it.

-- What tells this database from one that it was restored into, and from a standby that has taken over: the server, its timeline
-- and the database itself. A server that hides one of them has the others.
create function database_mark() returns text language plpgsql stable as $$
declare
    system text := '';
    timeline text := '';
begin
    begin
        select system_identifier into system from pg_control_system();
        timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
    exception when insufficient_privilege or undefined_function or object_not_in_prerequisite_state then
        null;
    end;
    return format('%s/%s/%s', system, timeline, (select oid from pg_database where datname = current_database()));
end $$;

alter table partner
    -- the database in which what is recorded of this partner is known to be all there is
    add column database_mark text not null default database_mark(),
    -- nothing is created until the accounts at LMP were read after this time and compared; null: they have been
    add column compare_after timestamptz;
comment on column partner.database_mark is 'database_mark() of the database in which the records of this partner are complete';
comment on column partner.compare_after is 'nothing is created until the accounts were read after this time and compared; null: they have been';

-- upkeep: a partner whose records come from another database is held for everybody's sake, whoever notices.
create index partner_compared on partner (compare_after) where compare_after is not null;
