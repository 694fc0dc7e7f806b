-- The local mirror of both vendors. A refresh replaces a part completely or not at all.

create table organization (
    partner_id uuid not null references partner on delete cascade,
    organization_id text not null,
    name text not null,
    reference text,
    kind text not null check (kind in ('customer', 'builtin')),
    parent_id text,
    -- agents that count as devices; null until they have been read
    endpoints int,
    -- machine templates, which never count
    endpoints_excluded int,
    first_name text,
    last_name text,
    email text,
    address text,
    city text,
    state text,
    postal_code text,
    country text,
    -- when the single record and the staff were read because a chosen row lacked something
    details_read_at timestamptz,
    -- name folded for matching: case, accents, punctuation and legal suffixes removed
    name_key text not null,
    -- domain of the e-mail address, null for public mail providers
    email_domain text,
    -- name, reference and address folded for searching
    search_text text not null,
    synced_at timestamptz not null,
    primary key (partner_id, organization_id)
);
create index organization_name on organization (partner_id, name, organization_id);
create index organization_name_key on organization (partner_id, name_key);

create table account (
    partner_id uuid not null references partner on delete cascade,
    account_id text not null,
    name text not null,
    city text,
    state text,
    country text,
    note text,
    emergency_email text,
    name_key text not null,
    email_domain text,
    search_text text not null,
    -- when we first saw it: what a person had in view when confirming a plan
    first_seen_at timestamptz not null,
    synced_at timestamptz not null,
    primary key (partner_id, account_id)
);
create index account_name on account (partner_id, name, account_id);
create index account_name_key on account (partner_id, name_key text_pattern_ops);
create index account_email_domain on account (partner_id, email_domain);

create table subscription (
    partner_id uuid not null references partner on delete cascade,
    account_id text not null,
    subscription_id text not null,
    service_plan_id text not null,
    name text not null,
    enabled boolean not null,
    -- null until they have been read
    units int,
    synced_at timestamptz not null,
    primary key (partner_id, account_id, subscription_id)
);

create table service_plan (
    partner_id uuid not null references partner on delete cascade,
    service_plan_id text not null,
    name text not null,
    product text not null,
    product_code text,
    version text not null check (version in ('trial', 'full')),
    data_center text,
    auto_renewal boolean not null,
    -- null: under no product in the vendor's answer, availability unknown
    license_pool_id text,
    synced_at timestamptz not null,
    primary key (partner_id, service_plan_id)
);

create table license_pool (
    partner_id uuid not null references partner on delete cascade,
    license_pool_id text not null,
    product text not null,
    version text not null check (version in ('trial', 'full')),
    -- null: unknown, not zero
    available int,
    synced_at timestamptz not null,
    primary key (partner_id, license_pool_id)
);

-- Age and size of each part.
create table inventory_part (
    partner_id uuid not null references partner on delete cascade,
    part text not null check (part in ('organizations', 'endpoints', 'accounts', 'subscriptions', 'service_plans', 'license_pools')),
    count int not null default 0,
    -- endpoints only: devices of organizations that are not visible
    unattributed int,
    refreshed_at timestamptz,
    -- whether the last reading saw everything
    complete boolean not null,
    primary key (partner_id, part)
);

-- The running or last refresh.
create table inventory_refresh (
    partner_id uuid primary key references partner on delete cascade,
    status text not null check (status in ('idle', 'running', 'failed')),
    done bigint not null default 0,
    total bigint,
    started_at timestamptz,
    finished_at timestamptz,
    error_code text,
    error_message text
);
