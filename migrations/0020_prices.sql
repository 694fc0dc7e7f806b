-- What a partner pays by its own price list: per seat and month of a service plan. Optional; only shown, never sent.

create table plan_price (
    partner_id uuid not null references partner on delete cascade,
    -- the plan's name or id, without case
    plan_key text not null,
    plan text not null,
    -- exact, with as many decimals as the list has
    amount numeric not null check (amount >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    primary key (partner_id, plan_key)
);
select protect('plan_price');
