-- Partners and how they are let in. Every tenant table starts its key with partner_id.

create table partner (
    partner_id uuid primary key,
    -- public name in paths: chooses the frame policy, never the access
    partner_key text not null unique,
    name text not null,
    -- the registered e-mail address of the notifications screen
    email text not null,
    -- the partner's own details, used to fill blanks of new accounts
    company jsonb not null default '{}',
    -- seats = max(minimum_seats, ceil(endpoints * (100 + margin_percent) / 100))
    margin_percent int not null default 20 check (margin_percent between 0 and 1000),
    minimum_seats int not null default 10 check (minimum_seats between 1 and 999999),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- One vendor connection of a partner: address in clear, credentials sealed.
create table connection (
    partner_id uuid not null references partner on delete cascade,
    vendor text not null check (vendor in ('vsa', 'lmp', 'remote_manager')),
    -- vsa9 or vsa10 for VSA; null otherwise
    product text,
    url text not null,
    -- what else is not secret, such as the VSA user name
    details jsonb not null default '{}',
    -- id of the key that sealed the credentials
    key_id text not null,
    -- credentials as sealed JSON; bound to partner and vendor
    sealed bytea not null,
    -- set while the vendor refuses the credentials, cleared by a success or by new credentials
    refused_at timestamptz,
    updated_at timestamptz not null default now(),
    primary key (partner_id, vendor)
);

-- Bearer tokens of the REST API; only a hash is kept.
create table api_token (
    partner_id uuid not null references partner on delete cascade,
    token_hash bytea not null,
    label text not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    primary key (partner_id, token_hash)
);
create unique index api_token_hash on api_token (token_hash);

-- One-time links that open a screen session.
create table sign_in_link (
    partner_id uuid not null references partner on delete cascade,
    token_hash bytea not null,
    user_name text not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (partner_id, token_hash)
);
create unique index sign_in_link_hash on sign_in_link (token_hash);

-- Sessions of people; the cookie holds a random token, this its hash.
create table screen_session (
    partner_id uuid not null references partner on delete cascade,
    token_hash bytea not null,
    user_name text not null,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (partner_id, token_hash)
);
create unique index screen_session_hash on screen_session (token_hash);

-- Settings templates: model customers whose settings new accounts get.
create table template (
    partner_id uuid not null references partner on delete cascade,
    template_id text not null,
    position int not null,
    name text not null,
    description text,
    source_account_id text not null,
    include_global_settings boolean not null default true,
    -- operating systems whose policies are replicated
    operating_systems text[] not null default '{win}',
    is_default boolean not null default false,
    primary key (partner_id, template_id)
);
