-- What would let one partner's rows reach another. Prints one row for each problem; 0 rows are right.
-- Run by `cargo test` on a migrated database, and by hand: psql "$DATABASE_URL" -f checks/tenancy.sql
with tenant_table as (
    select c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity,
           (select a.attnum from pg_attribute a where a.attrelid = c.oid and a.attname = 'partner_id' and not a.attisdropped) as partner
    from pg_class c
    -- sqlx's own list of migrations and the switch for everybody are nobody's; who may write them is asked below.
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname not in ('_sqlx_migrations', 'service_freeze')
), app as (
    select * from pg_roles where rolname = 'worryfree_app'
), problem(what, where_) as (
    select 'a table without partner_id', relname::text from tenant_table where partner is null
    union all
    select 'row security is not enabled', relname from tenant_table where not relrowsecurity
    union all
    select 'row security is not forced', relname from tenant_table where not relforcerowsecurity
    union all
    select 'partner_id may be null', t.relname from tenant_table t join pg_attribute a on a.attrelid = t.oid and a.attnum = t.partner
    where not a.attnotnull
    union all
    select 'no policy that holds reading and writing to one partner', relname from tenant_table t
    where not exists (
        select from pg_policy p where p.polrelid = t.oid and p.polcmd = '*' and p.polpermissive and p.polroles = '{0}'
          and pg_get_expr(p.polqual, p.polrelid) like '(partner_id = %app.partner_id%'
          and pg_get_expr(p.polwithcheck, p.polrelid) like '(partner_id = %app.partner_id%')
    union all
    -- Whoever migrates, or dumps with row security, would see no rows and would not know.
    select 'no policy that lets the owner see all rows', relname from tenant_table t
    where not exists (
        select from pg_policy p where p.polrelid = t.oid and p.polname = 'owner'
          and p.polroles = array[(select relowner from pg_class where oid = t.oid)])
    union all
    select 'a policy that is neither for one partner, nor for the owner, nor for a named purpose', t.relname || '.' || p.polname
    from tenant_table t join pg_policy p on p.polrelid = t.oid
    where p.polname <> 'partner'
      and not (p.polroles = array[(select relowner from pg_class where oid = t.oid)] and p.polroles <> array[(select oid from app)])
      and not (p.polname like 'across\_%' and p.polcmd <> '*'
               and coalesce(pg_get_expr(p.polqual, p.polrelid), '%app.across%') like '%app.across%'
               and coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '%app.across%') like '%app.across%')
    union all
    -- Tokens and partner keys are looked up before the partner is known, so they have to be one of a kind everywhere.
    select 'a key without the partner', i.indexrelid::regclass::text from tenant_table t join pg_index i on i.indrelid = t.oid
    where i.indisunique and not t.partner = any (i.indkey::smallint[])
      and i.indexrelid::regclass::text not in ('partner_partner_key_key', 'api_token_hash', 'sign_in_link_hash', 'screen_session_hash')
      and not exists (
          -- Others that are looked up like this name it in a comment on the index: "looked up before the partner is known".
          select from pg_description d where d.objoid = i.indexrelid and d.description like 'looked up before the partner is known%')
    union all
    -- Foreign keys are checked past row security.
    select 'a foreign key without the partner', format('%s.%s', t.relname, k.conname)
    from tenant_table t join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' join tenant_table f on f.oid = k.confrelid
    where not exists (select from unnest(k.conkey, k.confkey) as pair(here, there) where pair.here = t.partner and pair.there = f.partner)
    union all
    select 'a view with its owner''s rights', c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace
      and (c.relkind = 'm' or (c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)))
    union all
    select 'a function with its owner''s rights', p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prosecdef
    union all
    select 'the service''s role is missing', 'worryfree_app' where not exists (select from app)
    union all
    select 'the service''s role is above row security', rolname from app
    where rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
    union all
    select 'the service''s role has another role''s rights', r.rolname
    from app join pg_auth_members m on m.member = app.oid join pg_roles r on r.oid = m.roleid
    union all
    select 'the service''s role owns something', pg_describe_object(d.classid, d.objid, d.objsubid)
    from app join pg_shdepend d on d.refobjid = app.oid and d.refclassid = 'pg_authid'::regclass and d.deptype = 'o'
    where d.dbid in (0, (select oid from pg_database where datname = current_database()))
    union all
    select 'the service''s role may make tables', 'public' from app where has_schema_privilege(app.oid, 'public', 'create')
    union all
    select 'the service''s role may truncate', t.relname from app, tenant_table t where has_table_privilege(app.oid, t.oid, 'truncate')
    union all
    select 'the service''s role may write what only migrations write', c.relname from app, pg_class c
    where c.relname = '_sqlx_migrations' and c.relnamespace = 'public'::regnamespace
      and has_table_privilege(app.oid, c.oid, 'insert, update, delete')
    union all
    select 'the switch for everybody may be written by more than an operator''s command', c.relname from app, pg_class c
    where c.relname = 'service_freeze' and c.relnamespace = 'public'::regnamespace
      and (not c.relrowsecurity or not c.relforcerowsecurity or has_table_privilege(app.oid, c.oid, 'update, truncate')
           or exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd <> 'r'
                      and p.polname not in ('owner', 'across_operator_insert', 'across_operator_delete')))
)
select what, where_ as "where" from problem order by 1, 2;
