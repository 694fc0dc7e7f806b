-- Activation: codes that let a new partner in, and what the last test of a partner's connections found.

-- Belongs to no partner yet: it makes one. Only a hash is kept.
create table activation_code (
    code_hash bytea primary key,
    -- printed by the first start: void once there is a partner
    is_first_start boolean not null default false,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz
);

create table connection_test (
    partner_id uuid primary key references partner on delete cascade,
    tested_at timestamptz not null default now(),
    checks jsonb not null
);

alter table job drop constraint job_kind_check;
alter table job add constraint job_kind_check
    check (kind in ('integrate', 'refresh_inventory', 'read_contacts', 'undo', 'test_connections'));
