-- API tokens that end by themselves, and activation codes that can be taken back.

-- null: until it is revoked
alter table api_token add column expires_at timestamptz;

-- operator: which codes are out. A code is withdrawn in a transaction of the partner that it would have made.
select allow_across('activation_code', 'operator', 'select');
