-- The orders in which customers and accounts are shown; nothing reads the plain names in order.

drop index organization_name;
create index organization_order on organization (partner_id, lower(name), organization_id);
drop index account_name;
create index account_order on account (partner_id, lower(name), account_id);
