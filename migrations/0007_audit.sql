-- What was done for a partner and by whom: only added to, and each entry seals the one before it.

create table audit_entry (
    -- no foreign key: the trail outlives the partner
    partner_id uuid not null,
    -- 1, 2, 3 … without a gap, given by the trigger
    seq bigint not null,
    at timestamptz not null default clock_timestamp(),
    -- the person, the token's label, or what acts by itself
    actor text not null,
    -- what was done, such as plan_confirmed
    event text not null,
    -- what it was done to
    subject text not null,
    detail jsonb not null default '{}',
    -- SHA-256 of the hash before and of audit_text; given by the trigger
    hash bytea not null,
    primary key (partner_id, seq)
);

-- The entry as one line of JSON, which is what the hash covers and what is exported. The time is in microseconds since 1970, so that
-- no setting of a session changes it.
create function audit_text(entry audit_entry) returns text language sql stable as $$
    select jsonb_build_object('partner_id', entry.partner_id, 'seq', entry.seq, 'at', (extract(epoch from entry.at) * 1000000)::bigint,
        'actor', entry.actor, 'event', entry.event, 'subject', entry.subject, 'detail', entry.detail)::text
$$;

-- Runs with the rights of whoever adds the entry: row security holds here too.
create function audit_chain() returns trigger language plpgsql as $$
declare
    last audit_entry;
begin
    -- One entry of a partner after another, until the transaction ends.
    perform pg_advisory_xact_lock(hashtextextended('audit/' || new.partner_id, 0));
    select * into last from audit_entry where partner_id = new.partner_id order by seq desc limit 1;
    new.seq := coalesce(last.seq, 0) + 1;
    new.hash := sha256(coalesce(last.hash, ''::bytea) || convert_to(audit_text(new), 'UTF8'));
    return new;
end $$;
create trigger audit_chain before insert on audit_entry for each row execute function audit_chain();

-- Nothing is changed. What is deleted has to be covered by an entry that says so: the newest `trail_shortened` names the last entry that
-- may go, and its hash, where the chain then begins.
create function audit_keep() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        if old.seq <= (
            select (detail ->> 'through_seq')::bigint from audit_entry
            where partner_id = old.partner_id and event = 'trail_shortened' order by seq desc limit 1)
        then
            return old;
        end if;
    end if;
    raise exception 'the audit trail is only added to';
end $$;
create trigger audit_keep before update or delete on audit_entry for each row execute function audit_keep();
create trigger audit_keep_all before truncate on audit_entry for each statement execute function audit_keep();

select protect('audit_entry');
revoke update, delete on audit_entry from worryfree_app;
