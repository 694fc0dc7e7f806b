-- Calls to a vendor that each process may have under way, of what a partner may have altogether.

create table call_share (
    -- Not tied to the partner's row: a partner that is removed ends nobody else's calls, and rows of a process that is gone go by themselves.
    partner_id uuid not null,
    -- vsa, vsa10, lmp or remote_manager
    api text not null,
    -- the process
    owner uuid not null,
    -- calls it may have under way; those of all processes never add up to more than the partner's limit
    held int not null check (held >= 0),
    -- calls it would have under way if it could
    wanted int not null check (wanted >= 0),
    -- its place in the queue
    since timestamptz not null,
    -- from then on nothing of it counts
    lease_until timestamptz not null,
    primary key (partner_id, api, owner)
);
create index call_share_of_owner on call_share (owner);
select protect('call_share');

-- Sharing is fair only among those who see each other; a row tells no more than two numbers and two times.
select allow_across('call_share', 'jobs', 'select');
select allow_across('call_share', 'jobs', 'insert');
select allow_across('call_share', 'jobs', 'update');
select allow_across('call_share', 'jobs', 'delete');
