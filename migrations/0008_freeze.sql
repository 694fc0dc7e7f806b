-- A partner for whom nothing is written at vendors until an operator says so.

alter table partner
    add column frozen_at timestamptz,
    add column frozen_reason text;
