-- Whom an import is carried out for at LMP, how long it has stood still, and what is refused although the credentials are not.

alter table integration add column lmp_partner text;
comment on column integration.lmp_partner is 'the partner at LMP whose credentials it was begun with; null: not known';
alter table integration add column paused_since timestamptz;
comment on column integration.paused_since is 'since when it has stood still; null: it does not';
alter table integration_item add column refusals int not null default 0;
comment on column integration_item.refusals is 'writes called refused for the credentials since something was last done or proved absent';
