-- Signing in at VSA or at a provider of the partner's: who holds a session and what they may do, attempts under way, and what
-- allows us to ask again later.

-- Links of the operator's let in as administrators.
alter table screen_session add column role text not null default 'administrator' check (role in ('administrator', 'viewer'));
-- how the person came in; only what came from somebody else can be asked again
alter table screen_session add column method text not null default 'link' check (method in ('link', 'vsa', 'openid'));
-- the person at VSA or at the provider; null with a link
alter table screen_session add column user_id text;
create index screen_session_user on screen_session (partner_id, method, user_id);

-- One attempt to sign in: begun in a window, for the browser (or the frame in it) that waits.
create table sign_in_attempt (
    partner_id uuid not null references partner on delete cascade,
    -- of the one-use cookie of the window
    token_hash bytea not null,
    method text not null check (method in ('vsa', 'openid')),
    -- of the cookie of the browser that waits
    waiter_hash bytea not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    -- who came, once it succeeded
    user_id text,
    user_name text,
    role text check (role in ('administrator', 'viewer')),
    collected_at timestamptz,
    primary key (partner_id, token_hash)
);
create index sign_in_attempt_waiter on sign_in_attempt (partner_id, waiter_hash);
select protect('sign_in_attempt');

-- Sealed tokens by which a person's roles can be asked again.
create table sign_in_grant (
    partner_id uuid not null references partner on delete cascade,
    method text not null check (method in ('vsa', 'openid')),
    user_id text not null,
    -- id of the key that sealed the tokens
    key_id text not null,
    sealed bytea not null,
    -- a refresh token works once: whoever renews has the row to itself until then
    renewing_until timestamptz,
    updated_at timestamptz not null default now(),
    primary key (partner_id, method, user_id)
);
select protect('sign_in_grant');

-- The OpenID Connect provider of a partner.
create table openid_provider (
    partner_id uuid primary key references partner on delete cascade,
    -- exactly as it calls itself
    issuer text not null,
    client_id text not null,
    -- name of the claim that lists a person's roles, or a JSON pointer to it
    role_claim text not null,
    -- asked for beside openid, profile and email
    scopes text[] not null default '{}',
    -- id of the key that sealed the client's secret
    key_id text not null,
    sealed bytea not null,
    updated_at timestamptz not null default now()
);
select protect('openid_provider');

-- Which roles of VSA or of the provider let in as what; without any, the service's settings say so.
create table sign_in_role (
    partner_id uuid not null references partner on delete cascade,
    name text not null,
    role text not null check (role in ('administrator', 'viewer')),
    primary key (partner_id, name)
);
select protect('sign_in_role');

-- upkeep removes what has ended; operator finds what is to be sealed under another key.
select allow_across('sign_in_attempt', 'upkeep', 'select');
select allow_across('sign_in_attempt', 'upkeep', 'delete');
select allow_across('sign_in_grant', 'upkeep', 'select');
select allow_across('sign_in_grant', 'upkeep', 'delete');
select allow_across('sign_in_grant', 'operator', 'select');
select allow_across('openid_provider', 'operator', 'select');
