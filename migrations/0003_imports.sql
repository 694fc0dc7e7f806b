-- Imports: one run of the wizard each, kept after every step.

create table import (
    partner_id uuid not null references partner on delete cascade,
    import_id uuid not null,
    status text not null default 'draft' check (status in ('draft', 'integrating', 'stopped', 'completed', 'completed_with_problems')),
    -- grows with each change
    version int not null default 1,
    accounts_confirmed boolean not null default false,
    notifications_confirmed boolean not null default false,
    service_plans_confirmed boolean not null default false,
    templates_confirmed boolean not null default false,
    send_all_to_partner boolean not null default true,
    created_at timestamptz not null default now(),
    created_by text not null,
    primary key (partner_id, import_id)
);
create index import_newest on import (partner_id, created_at desc, import_id desc);

-- One organization in an import. What nobody has touched is null and read through from the mirror.
create table import_item (
    partner_id uuid not null,
    import_id uuid not null,
    organization_id text not null,
    organization_name text not null,
    -- place in the list, from 1; licenses are given in this order
    position int not null,
    -- null while a person has to choose
    account_mode text check (account_mode in ('create', 'existing')),
    account_id text,
    company_name text,
    company_address text,
    company_city text,
    company_state text,
    company_postal_code text,
    company_country text,
    contact_first_name text,
    contact_last_name text,
    contact_email text,
    -- the customer's address for notifications, where it differs from the contact's
    recipient_email text,
    service_plan_id text,
    -- null: the default by the partner's rule
    seats int,
    template_id text,
    primary key (partner_id, import_id, organization_id),
    foreign key (partner_id, import_id) references import on delete cascade
);

-- What an import looked like at each version, so that a late change can be told what it missed.
create table import_snapshot (
    partner_id uuid not null,
    import_id uuid not null,
    version int not null,
    document jsonb not null,
    primary key (partner_id, import_id, version),
    foreign key (partner_id, import_id) references import on delete cascade
);

-- Plans that somebody has looked at, by hash.
create table import_plan (
    partner_id uuid not null,
    import_id uuid not null,
    plan_hash text not null,
    document jsonb not null,
    seen_at timestamptz not null default now(),
    primary key (partner_id, import_id, plan_hash),
    foreign key (partner_id, import_id) references import on delete cascade
);

-- organization <-> account, at most one each way
create table link (
    partner_id uuid not null references partner on delete cascade,
    organization_id text not null,
    account_id text not null,
    organization_name text not null,
    account_name text not null,
    subscription_id text,
    service_plan_id text,
    seats int,
    template_id text,
    imported_at timestamptz not null default now(),
    imported_by text not null,
    import_id uuid not null,
    primary key (partner_id, organization_id),
    unique (partner_id, account_id)
);

-- What a running import holds: an organization and, where chosen, an account, each at most once.
create table claim (
    partner_id uuid not null,
    organization_id text not null,
    account_id text,
    import_id uuid not null,
    claimed_at timestamptz not null default now(),
    claimed_by text not null,
    primary key (partner_id, organization_id),
    unique (partner_id, account_id),
    foreign key (partner_id, import_id) references import on delete cascade
);

-- Stored answers to POSTs that create.
create table idempotency_key (
    partner_id uuid not null references partner on delete cascade,
    path text not null,
    key text not null,
    body_hash bytea not null,
    -- null while the first request is under way
    status int,
    location text,
    body jsonb,
    created_at timestamptz not null default now(),
    primary key (partner_id, path, key)
);
create index idempotency_key_age on idempotency_key (created_at);
