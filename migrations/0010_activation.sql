-- Activation: codes that let a new partner in, and what the last test of a partner's connections found.

-- A code is given out for a partner that is yet to be made, and names the id it will have. Only a hash is kept.
create table activation_code (
    -- no foreign key: the partner comes later
    partner_id uuid not null,
    code_hash bytea not null,
    -- printed by the first start: void once there is a partner
    is_first_start boolean not null default false,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (partner_id, code_hash)
);
create unique index activation_code_hash on activation_code (code_hash);
comment on index activation_code_hash is 'looked up before the partner is known: a code is all that somebody brings who comes first';

create table connection_test (
    partner_id uuid primary key references partner on delete cascade,
    tested_at timestamptz not null default now(),
    -- a line for each thing looked at
    checks jsonb not null
);

select protect('activation_code');
select protect('connection_test');

-- door: the partner that a code was given out for.
select allow_across('activation_code', 'door', 'select');
-- upkeep: tests that are due, codes that are out of use.
select allow_across('connection_test', 'upkeep', 'select');
select allow_across('activation_code', 'upkeep', 'select');
select allow_across('activation_code', 'upkeep', 'delete');

alter table job drop constraint job_kind_check;
alter table job add constraint job_kind_check
    check (kind in ('integrate', 'refresh_inventory', 'read_contacts', 'undo', 'test_connections'));
